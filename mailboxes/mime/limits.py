"""How much of a mail is read (SECURITY TC5). A longer header is cut; a larger or deeper mail is unreadable."""

MAX_MESSAGE_BYTES = 50 * 1024 * 1024
MAX_PARTS = 1000
MAX_DEPTH = 50

MAX_HEADER_BYTES = 256 * 1024
MAX_HEADER_LINES = 2000
# 500 addresses with their names take some 30 KB.
MAX_FIELD_BYTES = 64 * 1024
MAX_PARAMETERS = 100

# Of each of the two bodies. The rest stays in the raw mail.
MAX_BODY_CHARACTERS = 4 * 1024 * 1024


class Unreadable(Exception):
    """The mail exceeds a limit; it can be downloaded as it came, but is not taken apart."""
