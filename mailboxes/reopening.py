"""Opens a received S/MIME mail once more, after a key or an authority was added (SPEC M18)."""

from django.db import transaction

from mailboxes.describing import describe
from mailboxes.handlers.smime import conceal
from mailboxes.intake import attachment_limits
from mailboxes.models import Attachment, Message
from mailboxes.openers import Opener
from mailboxes.parsing import parse
from mailboxes.smime.opening import Opened
from mailboxes.smime.states import SmimeResult


def reopen(message: Message) -> SmimeResult:
    """Judge and open the mail with the keys and authorities of today, and show what comes out.

    Where the mail was filed, and what was done because of it, stays. Raises BlobMissing or Unreadable.
    """
    raw = message.raw()
    opened = Opener(message.mailbox).open(raw, parse(raw), at=message.received_at)
    with transaction.atomic():
        locked = Message.objects.select_for_update(of=("self",)).select_related("mailbox").get(pk=message.pk)
        before = SmimeResult.from_json(locked.smime)
        if before.is_opened and not opened.result.is_opened:
            # Its key is gone meanwhile: what was read stays readable.
            return before
        _show(locked, opened)
    return opened.result


def _show(message: Message, opened: Opened) -> None:
    trace = message.trace
    attachments = describe(message, opened.mail)
    message.trace = [*trace, {"step": "open_smime", "did": "A person had it opened once more."}]
    message.smime = opened.result.as_json()
    conceal(message, opened.result)
    policy = attachment_limits.load(message.mailbox)
    if policy is not None and not message.is_written_by_us:
        attachment_limits.refuse(attachments, opened.entity, policy.limits)
    message.save(update_fields=["subject", "snippet", "sealed_body", "defects", "smime", "trace"])
    Attachment.objects.filter(message=message).delete()
    Attachment.objects.bulk_create(attachments)
