"""Is this mail spam? What servers wrote into it, and what a person said of its sender (SPEC Q5). Pure.

Anybody can write any field into his own mail. So only words against a mail are believed: who forges those harms nobody
but himself. What speaks for a mail (a low score, Authentication-Results) counts for nothing (SECURITY B082).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from mailboxes.parsing import Mail

# Exchange takes mail from this spam confidence level on for spam; nine is the highest.
LEAST_SCL = 5


def words_against(mail: Mail, *, sender: str, verdicts: Mapping[str, bool], is_found_in_junk: bool) -> str:
    """Return why a mail counts as spam, "" for mail that does not.

    `verdicts` is what people said of addresses: True for spam. It wins over the servers, both ways; `sender` is the
    normalised address that the mail is from, "" if it names none or several.
    """
    said = verdicts.get(sender) if sender else None
    if said is not None:
        return f"A person said that mail of {sender} is spam"[:_LONGEST] if said else ""
    if is_found_in_junk:
        return "It was found in the Junk folder"
    return _words_of_servers(mail.headers)


def _words_of_servers(headers: Iterable[tuple[str, str]]) -> str:
    for name, value in headers:
        expected = _FIELDS.get(name.lower())
        if expected is not None and expected.search(value[:_LONGEST_VALUE].strip().lower()):
            return f"{name} of the server: {value.strip()[:80]}"[:_LONGEST]
    return ""


_LONGEST = 200
_LONGEST_VALUE = 2000
_SCL = rf"0*(?:[{LEAST_SCL}-9]|[1-9][0-9])"
# By lower-case name: what a server writes that takes a mail for spam.
_FIELDS = {
    # SpamAssassin, and all that speak as it does.
    "x-spam-flag": re.compile(r"^(?:yes|true|1)\b"),
    "x-spam-status": re.compile(r"^yes\b"),
    "x-spam": re.compile(r"^(?:yes|true|spam)\b"),
    "x-rspamd-action": re.compile(r"^(?:add[ _-]?header|rewrite[ _-]?subject|reject|quarantine|discard)\b"),
    # [MS-OXCSPAM] §2.2.1.3: the spam confidence level of Exchange; Microsoft 365 says it in its report.
    "x-ms-exchange-organization-scl": re.compile(rf"^{_SCL}\b"),
    "x-forefront-antispam-report": re.compile(rf"(?:^|;)\s*scl:{_SCL}\s*(?:;|$)"),
}
