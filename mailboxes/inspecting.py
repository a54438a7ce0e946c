"""What mailhub makes of a message file, with nothing stored (SPEC I7)."""

from typing import Any

from mailboxes.addresses import Address
from mailboxes.classifying import Classification
from mailboxes.classifying.table import classify
from mailboxes.parsing import Mail, parse
from mailboxes.quoting import reply_text
from mailhub.lib.html import RemoteContent, TooComplex, sanitise, text_to_html


def inspect(raw: bytes) -> dict[str, Any]:
    """Return what is read out of `raw` as JSON can hold it; raise Unreadable beyond the limits of SECURITY TC5.

    `reply_text` is the new part above the quotation, `html` what may be shown, `permanent` true, false, or null where
    nobody knows. `recipients` says of each failed recipient what `bounced_recipients`, `permanent`, `status` and
    `reason` say in short.
    """
    mail = parse(raw)
    found = classify(raw, mail)
    return {**_mail(mail), **_classification(found), "defects": list(mail.defects)}


def _mail(mail: Mail) -> dict[str, Any]:
    return {
        "from": _address(mail.from_[0]) if mail.from_ else None,
        "to": [_address(one) for one in mail.to],
        "cc": [_address(one) for one in mail.cc],
        "reply_to": [_address(one) for one in mail.reply_to],
        "subject": mail.subject,
        "date": mail.sent_at.isoformat() if mail.sent_at else None,
        "message_id": mail.message_id,
        "in_reply_to": list(mail.in_reply_to),
        "references": list(mail.references),
        "text": mail.text,
        "html": _shown_html(mail),
        "reply_text": reply_text(mail.text, mail.html),
        "attachments": [
            {"name": one.filename, "type": one.content_type, "size": one.size, "inline": one.is_inline}
            for one in mail.attachments
        ],
    }


def _shown_html(mail: Mail) -> str:
    """Return what is put before a person: nothing that runs, nothing that is fetched; of a bomb, its text."""
    try:
        return sanitise(mail.html, remote=RemoteContent.BLOCKED, cid_url=lambda _content_id: None).html
    except TooComplex:
        return text_to_html(mail.text)


def _classification(found: Classification) -> dict[str, Any]:
    return {
        "kind": found.kind.value,
        "rule": found.rule,
        "evidence": found.evidence,
        "bounced_recipients": [one.address for one in found.recipients],
        "permanent": found.is_permanent,
        "status": found.status,
        "reason": found.reason.value if found.reason else None,
        "recipients": [
            {
                "address": one.address,
                "permanent": one.is_permanent,
                "status": one.status,
                "reason": one.reason.value,
                "remedy": one.reason.remedy.value,
                "diagnostic": one.diagnostic,
            }
            for one in found.recipients
        ],
        "original_message_id": found.original_message_id,
        "out_of_office": found.is_out_of_office,
        "returns_on": found.returns_on.isoformat() if found.returns_on else None,
        "feedback_type": found.feedback_type,
    }


def _address(address: Address) -> dict[str, str]:
    return {"name": address.display_name, "address": address.addr_spec}
