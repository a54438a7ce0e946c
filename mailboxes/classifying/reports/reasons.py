"""Why a delivery failed: from the words of the server that refused it, and from its enhanced status code (RFC 3463).

The words come first where they are exact, because servers give the code 5.1.1 to any refusal of a recipient and 5.7.1
to any refusal at all; the code decides where the words say nothing. Phrases are compared as plain text, in lower case
and with single spaces, so that no input takes more than linear time.
"""

from mailboxes.classifying.kinds import Reason
from mailboxes.classifying.reports.phrases import PHRASES

# No server needs more to say why.
MAX_WORDS = 4000


def reason_of(words: str, status: str = "") -> Reason:
    """Return why the delivery failed that a server refused with these words and this enhanced status code."""
    sure = _SURE_CODES.get(status.partition(".")[2])
    return sure or _reason_in(folded(words)) or reason_of_code(status)


def reason_of_code(status: str) -> Reason:
    """Return what the enhanced status code alone says (RFC 3463 §3, RFC 7372, RFC 7504 and others)."""
    return _CODES.get(status.partition(".")[2], Reason.UNKNOWN)


def folded(words: str) -> str:
    """Return the text in the form in which phrases are looked for."""
    return " ".join(words[:MAX_WORDS].translate(_QUOTES).lower().split())


def _reason_in(words: str) -> Reason | None:
    for reason, phrases in PHRASES:
        if any(phrase in words for phrase in phrases):
            return reason
    return None


_QUOTES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " "})

# Codes that no server uses for anything else. The class (4 or 5) does not matter.
_SURE_CODES = {
    "1.7": Reason.SENDER_REJECTED,
    "1.8": Reason.SENDER_REJECTED,
    "2.2": Reason.MAILBOX_FULL,
    "2.3": Reason.MESSAGE_TOO_LARGE,
    "3.4": Reason.MESSAGE_TOO_LARGE,
    "4.6": Reason.MAIL_LOOP,
    "4.310": Reason.HOST_UNKNOWN,
    "7.20": Reason.AUTHENTICATION_FAILED,
    "7.21": Reason.AUTHENTICATION_FAILED,
    "7.22": Reason.AUTHENTICATION_FAILED,
    "7.23": Reason.AUTHENTICATION_FAILED,
    "7.24": Reason.AUTHENTICATION_FAILED,
    "7.26": Reason.AUTHENTICATION_FAILED,
    "7.124": Reason.POLICY_BLOCKED,
    "7.133": Reason.POLICY_BLOCKED,
    "7.134": Reason.POLICY_BLOCKED,
    "7.193": Reason.POLICY_BLOCKED,
    "7.509": Reason.AUTHENTICATION_FAILED,
    "7.515": Reason.AUTHENTICATION_FAILED,
}

_CODES = {
    **_SURE_CODES,
    "1.1": Reason.USER_UNKNOWN,
    "1.2": Reason.HOST_UNKNOWN,
    "1.3": Reason.INVALID_ADDRESS,
    "1.4": Reason.INVALID_ADDRESS,
    "1.6": Reason.HAS_MOVED,
    "1.10": Reason.USER_UNKNOWN,
    "1.11": Reason.USER_UNKNOWN,
    "1.20": Reason.USER_UNKNOWN,
    "2.0": Reason.MAILBOX_DISABLED,
    "2.1": Reason.MAILBOX_DISABLED,
    "3.1": Reason.MAILBOX_FULL,
    "3.2": Reason.SERVER_ERROR,
    "3.5": Reason.SERVER_ERROR,
    "4.0": Reason.NETWORK_ERROR,
    "4.1": Reason.NETWORK_ERROR,
    "4.2": Reason.NETWORK_ERROR,
    "4.3": Reason.NETWORK_ERROR,
    "4.4": Reason.HOST_UNKNOWN,
    "4.5": Reason.RATE_LIMITED,
    "4.7": Reason.EXPIRED,
    "4.14": Reason.MAIL_LOOP,
    "4.300": Reason.EXPIRED,
    "5.3": Reason.RATE_LIMITED,
    "6.0": Reason.CONTENT_ERROR,
    "6.1": Reason.CONTENT_ERROR,
    "6.2": Reason.CONTENT_ERROR,
    "6.3": Reason.CONTENT_ERROR,
    "6.5": Reason.CONTENT_ERROR,
    "6.6": Reason.CONTENT_ERROR,
    "6.7": Reason.CONTENT_ERROR,
    "7.0": Reason.POLICY_BLOCKED,
    "7.1": Reason.POLICY_BLOCKED,
    "7.2": Reason.POLICY_BLOCKED,
    "7.5": Reason.TLS_REQUIRED,
    "7.10": Reason.TLS_REQUIRED,
    "7.12": Reason.POLICY_BLOCKED,
    "7.13": Reason.MAILBOX_DISABLED,
    "7.17": Reason.HAS_MOVED,
    "7.18": Reason.HAS_MOVED,
    "7.25": Reason.IP_BLOCKED,
    "7.27": Reason.SENDER_REJECTED,
    "7.28": Reason.RATE_LIMITED,
    "7.64": Reason.RELAY_DENIED,
    "7.232": Reason.RATE_LIMITED,
    "7.233": Reason.RATE_LIMITED,
    "7.501": Reason.SENDER_REJECTED,
    "7.502": Reason.SENDER_REJECTED,
    "7.503": Reason.SENDER_REJECTED,
    "7.511": Reason.IP_BLOCKED,
    "7.512": Reason.CONTENT_ERROR,
    "7.606": Reason.IP_BLOCKED,
    "7.705": Reason.RATE_LIMITED,
    "7.708": Reason.IP_BLOCKED,
    "7.750": Reason.SENDER_REJECTED,
}
