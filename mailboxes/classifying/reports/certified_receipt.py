"""The receipts of Italian certified mail (Posta Elettronica Certificata, RFC 6109 §3)."""

import re

from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification, Kind
from mailboxes.classifying.original import original_of
from mailboxes.classifying.reports.verdicts import failed
from mailboxes.identifiers import identifiers_in


def certified_receipt(inspected: Inspected) -> Classification | None:
    """Recognise a receipt by its field X-Ricevuta: accepted, delivered, refused, or not delivered within half a day."""
    receipt = inspected.first("x-ricevuta").strip().lower()
    if not receipt:
        return None
    evidence = f"X-Ricevuta: {receipt[:60]}"
    kind = _KINDS.get(receipt, Kind.AUTO_REPLY)
    original_message_id = next(iter(identifiers_in(inspected.fields.get("x-riferimento-message-id", ()))), "")
    if kind is Kind.AUTO_REPLY:
        return Classification(kind, _RULE, evidence, original_message_id=original_message_id)
    words = " ".join(inspected.text[:_BEGINNING].split())
    error = _ERROR.search(words)
    addresses = dict.fromkeys(_RECIPIENT.findall(words)) or dict.fromkeys(original_of(inspected).recipients[:1])
    return Classification(
        kind,
        _RULE,
        evidence,
        recipients=tuple(
            failed(one, error[1] if error else words, otherwise=kind is Kind.BOUNCE, is_late=kind is Kind.DELAYED)
            for one in addresses
        ),
        original_message_id=original_message_id,
    )


_RULE = "certified_receipt"
_BEGINNING = 4000
_KINDS = {
    "errore-consegna": Kind.BOUNCE,
    "non-accettazione": Kind.BOUNCE,
    "rilevazione-virus": Kind.BOUNCE,
    "preavviso-errore-consegna": Kind.DELAYED,
}
_RECIPIENT = re.compile(
    r"(?:destinat[oa] (?:all['’]utente|a)|indirizzat[oa] a(?:ll['’]utente)?) "
    r"[\"“]([^\"”\s@]{1,64}@[^\"”\s@]{1,255})[\"”]",
    re.IGNORECASE,
)
_ERROR = re.compile(r"\berrore ?: ?(.{1,600})", re.IGNORECASE)
