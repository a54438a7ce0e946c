"""Does a report warn of a delay, or has the server given up?"""

import re

from mailboxes.classifying.inspected import Inspected


def is_about_delay(inspected: Inspected, notice: str) -> bool:
    """True for a warning that a mail is late and will be tried again; `notice` are the words of the report."""
    text = " ".join(notice[:_BEGINNING].split())
    if _WILL_GO_ON.search(text):
        return not _HAS_GIVEN_UP.search(text)
    if _GIVEN_UP.search(inspected.subject):
        return False
    return bool(_LATE_SUBJECT.search(inspected.subject) or (_LATE.search(text) and not _GIVEN_UP.search(text)))


_BEGINNING = 6000
_LATE_SUBJECT = re.compile(
    r"\bdelay(?:ed)?\b|\bwarning: (?:could not send|message|mail|e-?mail)|still being (?:re)?tried|"
    r"temporarily undeliver|deferred|not yet (?:been )?delivered|\bverzögert|retard[ée]|en diferido|ritard|"
    r"vertraagd|försenad|задерж|遅延|延迟|延遲|延時",
    re.IGNORECASE,
)
# Nobody promises more attempts who has given up.
_WILL_GO_ON = re.compile(
    r"delivery attempts will continue|(?:message|mail|it|delivery) will be (?:re)?tried|"
    r"this is a warning (?:message )?only|do not need to resend|"
    r"(?:we|server|system|i) will (?:keep trying|continue (?:to try|trying|to attempt|attempting)|try again|"
    r"retry)|no action is required on your part|still being retried|server will (?:keep|continue)|"
    r"transient non-fatal errors|noch nicht zugestellt|wird weiter(?:hin)? versucht|seguirá intentando|"
    r"se sigue intentando|引き続き|仍在尝试|"
    r"(?:will|is) (?:be )?(?:continuing|automatically)? ?retr(?:y|ied|ying) (?:until|for|every)",
    re.IGNORECASE,
)
_HAS_GIVEN_UP = re.compile(
    r"(?:i've|we have|has|have) given up|permanent (?:fatal )?errors?|failed permanently|"
    r"no further (?:delivery )?attempts",
    re.IGNORECASE,
)
_LATE = re.compile(
    r"has(?: not yet| not) been delivered (?:to one or more|yet)|not yet been delivered|"
    r"(?:has|have) been (?:delayed|postponed|deferred)|is (?:being )?delayed|transient errors|"
    r"temporary problems?.{0,80}(?:will (?:be|continue|keep))|keep trying|"
    r"could not be delivered for (?:more than )?\d+ ?(?:minutes?|hours?|days?).{0,40}(?:it will|will be)|"
    r"n'a pas encore été (?:remis|livré|distribué)|aún no se ha entregado|non è stato ancora|"
    r"nog niet (?:afgeleverd|bezorgd)|ainda não foi entregue|ещ[её] не|配信が遅れ|遅れています|尚未送达",
    re.IGNORECASE,
)
_GIVEN_UP = re.compile(
    r"\bg(?:i|a)ven? up\b|giving up|permanent(?:ly)? (?:fatal )?(?:error|failure|fail)|failed permanently|"
    r"no further (?:delivery )?attempts|not (?:going|be going) to try again|undeliverable|returned mail|"
    r"delivery (?:has )?failed|could not be sent|will not be (?:re)?tried|no longer be attempted|"
    r"will not (?:try|attempt)|\bfailure\b|too long|stopped trying",
    re.IGNORECASE,
)
