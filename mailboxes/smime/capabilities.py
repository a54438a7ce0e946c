"""What a program says that it can open (RFC 8551 §2.5.2), by the identifiers of its algorithms."""

AES_128_CBC = "2.16.840.1.101.3.4.1.2"
AES_256_CBC = "2.16.840.1.101.3.4.1.42"
# In authenticated-enveloped-data (RFC 5084).
AES_128_GCM = "2.16.840.1.101.3.4.1.6"
AES_256_GCM = "2.16.840.1.101.3.4.1.46"

# What is opened here, in the order in which we would like to be written to.
OUR_CAPABILITIES = (AES_256_GCM, AES_128_GCM, AES_256_CBC, AES_128_CBC)
# More than these of one sender are not kept.
MAX_CAPABILITIES = 40
