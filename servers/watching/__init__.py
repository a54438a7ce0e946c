"""Watching: new mail is noticed at once by IDLE (RFC 2177) on servers that have it (SPEC I8).

One process holds thousands of connections in one selector. Which servers it holds is written in their rows, under a
lease, so that several processes share them and take over from each other.
"""
