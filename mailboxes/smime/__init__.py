"""S/MIME (RFC 8551): mail is verified and opened, signed and encrypted. Pure: it sees octets, certificates and a time.

`opening.open_mail` is where to begin for what comes in, `protecting.protect` for what goes out. asn1crypto is known to
`cms`, `agreeing`, `building` and `iterations` alone.
"""
