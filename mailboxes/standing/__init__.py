"""Which addresses may not be written to any more, and why: bounces, complaints, unsubscribes (SPEC I5, S6).

Anybody can write a report about anybody. So a report changes the standing of an address only if we wrote to it.
"""
