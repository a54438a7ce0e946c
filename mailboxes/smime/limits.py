"""How much of S/MIME is read (SECURITY TC5). What goes beyond is shown as not readable here; nothing is cut."""

# Of one CMS structure, and of what comes out of it.
MAX_STRUCTURE_BYTES = 50 * 1024 * 1024
# A structure that is written in pieces of 1000 octets, as large as a mail may be, has half as many.
MAX_ELEMENTS = 100_000
MAX_ELEMENT_DEPTH = 32

# Wrappers around each other: signed, encrypted, signed again (RFC 8551 §3.7).
MAX_LAYERS = 3
MAX_SIGNERS = 4
MAX_RECIPIENTS = 500
MAX_CERTIFICATES = 20
MAX_CERTIFICATE_BYTES = 64 * 1024
# Attributes of one signer, the signature and the identifier of its certificate, each.
MAX_SIGNED_ATTRIBUTES_BYTES = 64 * 1024
MAX_SIGNATURE_BYTES = 8 * 1024

# A chain from the signer to an authority, and the signatures that are checked while one is looked for.
MAX_CHAIN = 8
MAX_CHAIN_CHECKS = 40
# Larger keys cost seconds a signature.
MAX_RSA_BITS = 8192
