"""Is a failed delivery final? From the codes and the words that a report gives for one recipient.

The rule stands in the docstring of the package.
"""

import re

from mailboxes.classifying.kinds import FailedRecipient, Reason
from mailboxes.classifying.reports.reasons import MAX_WORDS, reason_of

MAX_DIAGNOSTIC = 1000


def failed(
    address: str,
    words: str,
    *,
    status: str = "",
    otherwise: bool | None = None,
    context: str = "",
    original_address: str = "",
    is_late: bool = False,
) -> FailedRecipient:
    """Return the recipient with what is known about its failure.

    `words` are those of the refusing server, `status` the code of the Status field, if there is one; `otherwise` is
    the verdict where neither a code nor the words tell. `context` is looked at where `words` say nothing. What
    `is_late` only, and will be tried again, is not permanent whatever the words.
    """
    words, context = words[:MAX_WORDS], context[:MAX_WORDS]
    code = chosen_status(clean_status(status), status_in(words)) or status_in(context)
    reply_code = reply_code_in(words) or reply_code_in(status) or ("" if code else reply_code_in(context))
    reason = reason_of(without_addresses(words), code)
    if reason is Reason.UNKNOWN and context:
        reason = reason_of(without_addresses(context))
    # X.0.0 tells less than the reply that it was made from.
    telling = reply_code if reply_code and code.endswith(".0.0") else code or reply_code
    return FailedRecipient(
        address=address,
        is_permanent=not is_late and _is_permanent(telling, reason, otherwise),
        status=code,
        reason=reason,
        diagnostic=" ".join(words.split())[:MAX_DIAGNOSTIC],
        original_address=original_address if original_address != address else "",
    )


def is_telling(words: str) -> bool:
    """True if the words hold a code, or name a cause rather than an authority."""
    code = status_in(words) or reply_code_in(words)
    return bool(code) or reason_of(without_addresses(words[:MAX_WORDS])) not in _VAGUE_REASONS


def chosen_status(stated: str, said: str) -> str:
    """Return the more telling of the codes of the Status field and of the server's words.

    X.0.0 and X.Y.0 tell a class, or a class and a subject, only. The codes 5.1.1 and 4.4.7 are what many servers state
    of any refused recipient and of any failed retries.
    """
    if not stated or not said:
        return stated or said
    if said.endswith(".0") and not said.endswith(".0.0") and stated.endswith(".0.0"):
        return said
    if said.endswith(".0"):
        return stated
    if stated.endswith(".0"):
        return said
    return said if stated in _VAGUE and stated[0] == said[0] else stated


def clean_status(value: str) -> str:
    """Return the code in a Status field, whatever else stands there; "" if there is none (RFC 3464 §2.3.4)."""
    found = _STATUS_FIELD.search(value[:200])
    return f"{found[1]}.{int(found[2])}.{int(found[3] or 0)}" if found else ""


def status_in(words: str) -> str:
    """Return the first enhanced status code in a server's words that tells more than its class, else the first."""
    general = ""
    for found in _ENHANCED.finditer(words):
        code = f"{found[1]}.{int(found[2])}.{int(found[3])}"
        if not code.endswith(".0.0"):
            return code
        general = general or code
    return general


def reply_code_in(words: str) -> str:
    """Return the first reply code of SMTP that refuses something (RFC 5321 §4.2.1); "" if there is none."""
    found = _REPLY_CODE.search(words)
    return found[1] if found else ""


def without_addresses(words: str) -> str:
    """Leave out addresses, whose names say nothing about the failure."""
    return _ADDRESS.sub(" ", words)


def _is_permanent(code: str, reason: Reason, otherwise: bool | None) -> bool | None:
    if code:
        return code.startswith("5")
    if reason in _FOR_GOOD:
        return True
    if reason in _FOR_NOW:
        return False
    if reason is Reason.MAILBOX_FULL:
        # Room may be made, unless the server calls the error permanent.
        return bool(otherwise)
    return otherwise


_STATUS_FIELD = re.compile(r"\b([245])\s?\.\s?(\d{1,3})(?:\s?\.\s?(\d{1,3}))?")
# Neither a version, nor an IP address.
_ENHANCED = re.compile(r"(?<![\w.])([45])\.([0-7])\.(\d{1,3})(?![\w]|\.\d)")
_REPLY_CODE = re.compile(
    r"(?:^|[:;\[(>\"'#=,]|<<<|\bsaid|\breturned|\bresponse|\breply|\berror|\bcode|\bsmtp|\bwas|\bwith|"
    r"\bstatus)\s{0,3}"
    r"([45](?:0[0-4]|1[013]|2[1-6]|3[0-58]|4[1-9]|5[0-9]|7[0-2]))(?=[ \-:;,.\])#]|$)(?!-\d{3}-\d{4})",
    re.IGNORECASE | re.MULTILINE,
)
_PART = r"[^\s<>\"'():;,\[\]（）：；，。、！？＜＞]"
_ADDRESS = re.compile(rf"{_PART}{{1,64}}@{_PART}{{1,255}}")
_VAGUE = frozenset({"5.1.1", "5.1.2", "4.4.7", "5.4.7", "5.5.4", "5.7.1"})
_VAGUE_REASONS = frozenset({Reason.UNKNOWN, Reason.POLICY_BLOCKED, Reason.SERVER_ERROR})
_FOR_GOOD = frozenset(
    {
        Reason.USER_UNKNOWN,
        Reason.HOST_UNKNOWN,
        Reason.INVALID_ADDRESS,
        Reason.MAILBOX_DISABLED,
        Reason.HAS_MOVED,
        Reason.RELAY_DENIED,
        Reason.MESSAGE_TOO_LARGE,
        Reason.MAIL_LOOP,
        Reason.VIRUS_DETECTED,
    }
)
_FOR_NOW = frozenset(
    {
        Reason.EXPIRED,
        Reason.NETWORK_ERROR,
        Reason.GREYLISTED,
        Reason.RATE_LIMITED,
    }
)
