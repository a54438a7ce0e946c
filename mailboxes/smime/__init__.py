"""S/MIME (RFC 8551): signed mail is verified and encrypted mail opened. Pure: it sees octets, certificates and a time.

`opening.open_mail` is where to begin. asn1crypto is known to `cms` and `iterations` alone.
"""
