"""Subjects compared: without what mail programs put in front of an answer."""

import re
import unicodedata

from mailboxes.identifiers import identifier_key

MAX_SUBJECT = 500


def normalise_subject(subject: str) -> str:
    """Return what two subjects of one thread have in common; "" where nothing is left."""
    return _without_prefixes(subject)[0]


def is_answer(subject: str) -> bool:
    """Whether something stands in front that says answer, also an automatic one: "Re:", "AW:", "Automatic reply:"."""
    return _without_prefixes(subject)[1]


def subject_key(subject: str) -> int | None:
    """Return the signed 64-bit key under which subjects are looked up; None for one that says nothing."""
    common = normalise_subject(subject)
    return identifier_key(common) if len(common) >= _SHORTEST else None


def _without_prefixes(subject: str) -> tuple[str, bool]:
    rest = " ".join(unicodedata.normalize("NFKC", subject[:MAX_SUBJECT]).split())
    says_answer = False
    while (found := _PREFIX.match(rest)) is not None:
        says_answer = says_answer or found["answer"] is not None
        rest = rest[found.end() :]
    return rest.casefold().strip(), says_answer


# "Hi" is no thread.
_SHORTEST = 4
_PREFIX = re.compile(
    r"\s*(?:"
    r"(?P<answer>(?:re|aw|antw|antwort|sv|vs|ref|rif|r|res|odp|ynt|vá|ση|απ|ha|atb|bls|回复|回覆|答复|答覆|返信|답장|ответ|"
    r"отв|automatic reply|auto|autoreply|auto-reply|out of office|automatische antwort|abwesenheitsnotiz|"
    r"réponse automatique|respuesta automática|resposta automática|risposta automatica|automatisch antwoord|autosvar|"
    r"odpowiedź automatyczna|автоответ|自動返信|自动回复|自動回覆)"
    r"\s?(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3}|\d{0,2})?\s?[:：])"
    r"|(?:fwd?|fw|wg|tr|rv|enc|i|vl|vb|doorst|pd|转发|轉寄|転送|전달)\s?(?:\[\d{1,3}\])?\s?[:：]"
    r"|\[(?:external|extern|ext|spam|suspected spam|bulk)\]|\*+(?:spam|external)\*+"
    r")\s*",
    re.IGNORECASE,
)
