"""The letter that a posted form makes, for what it is written: sent and previewed alike."""

from dataclasses import replace
from typing import cast

from mailboxes.composing import reply_subject
from mailboxes.forms.letters import ForwardForm, LetterForm, ReplyForm
from mailboxes.models import Conversation
from mailboxes.views.mail.composers import Occasion, quote_for, quote_html_for
from mailboxes.writing import forwarding
from mailboxes.writing.letters import Letter
from mailhub.tenancy.principal import TenantRequest


def letter_of(request: TenantRequest, form: LetterForm, occasion: Occasion) -> Letter:
    """Return the letter; the form is valid.

    Raises BlobMissing, Closed, NoSuchPart or Unreadable where a file is not there any more.
    """
    if isinstance(form, ReplyForm):
        subject = reply_subject(cast(Conversation, occasion.conversation).subject)
        return form.letter(
            subject=subject, quote=quote_for(request, occasion) if form.cleaned_data["with_quote"] else ""
        )
    subject = form.cleaned_data["subject"]
    if not isinstance(form, ForwardForm) or occasion.answers is None:
        return form.letter(subject=subject, quote="")
    letter = form.letter(
        subject=subject,
        quote=quote_for(request, occasion),
        quote_html=quote_html_for(request, occasion),
        is_forward=True,
    )
    chosen = forwarding.uploads_of(occasion.answers, form.cleaned_data["forwarded"])
    return replace(letter, attachments=(*letter.attachments, *chosen))
