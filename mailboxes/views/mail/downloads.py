"""Files that leave through the browser: never shown in our origin (SECURITY TC3)."""

import uuid

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from mailboxes.drafts.files import content_of
from mailboxes.filenames import may_show_inline, safe_filename
from mailboxes.models import Attachment, Message, OutgoingMessage
from mailboxes.openers import Closed, entity_of
from mailboxes.parsing import NoSuchPart, Unreadable, attachment_content
from mailboxes.views.mail.drafts import attachment_of
from mailboxes.views.mail.lookups import message_of, outgoing_of
from mailhub.tenancy.access import requires
from mailhub.tenancy.blobs import BlobMissing
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest

OCTET_STREAM = "application/octet-stream"
# Types that no browser runs anything from. All others, and pictures that are none, lose their name.
_HARMLESS_TYPES = frozenset({"application/pdf", "application/zip", "text/calendar", "text/csv"})


@requires(Permission.READ_MAIL)
@require_safe
def attachment(request: TenantRequest, attachment_id: uuid.UUID) -> HttpResponse:
    """Download an attachment. Who may use the mailbox is asked each time."""
    visible = Message.objects.visible_to(request.principal.membership)
    found = get_object_or_404(
        Attachment.objects.filter(message__in=visible).select_related("message__mailbox"), pk=attachment_id
    )
    if found.removed_because:
        raise PermissionDenied(f"This attachment was removed. {found.removed_because}")
    try:
        content = attachment_content(entity_of(found.message), found.position)
    except (BlobMissing, Closed, NoSuchPart, Unreadable) as error:
        raise Http404("The content of this attachment is not there any more.") from error
    name = safe_filename(found.filename, f"attachment-{found.position}")
    return _download(content, name, _content_type(found.content_type, content))


@requires(Permission.SEND_MAIL)
@require_safe
def draft_attachment(request: TenantRequest, draft_attachment_id: uuid.UUID) -> HttpResponse:
    """Download a file that this person has attached to a draft."""
    found = attachment_of(request, draft_attachment_id)
    try:
        content = content_of(found)
    except BlobMissing as error:
        raise Http404("The content of this file is not there any more.") from error
    return _download(content, found.filename, _content_type(found.content_type, content))


@requires(Permission.READ_MAIL)
@require_safe
def message_raw(request: TenantRequest, message_id: uuid.UUID) -> HttpResponse:
    """Download a received message as the server handed it over: with the attachments that were kept from people."""
    message = message_of(request, message_id)
    if message.attachments.exclude(removed_because="").exists():
        _only_for_managers(request, "An attachment of this message was removed, and the original still has it.")
    try:
        content = message.raw()
    except BlobMissing as error:
        raise Http404("The original of this message is not there any more.") from error
    return _download(content, _mail_name(message.subject), OCTET_STREAM)


@requires(Permission.READ_MAIL)
@require_safe
def outgoing_raw(request: TenantRequest, outgoing_message_id: uuid.UUID) -> HttpResponse:
    """Download a message of ours as it was sent; security mail is shown to nobody (SPEC T8)."""
    outgoing = outgoing_of(request, outgoing_message_id)
    if outgoing.is_confidential:
        raise Http404("Security mail is not kept.")
    if outgoing.origin == OutgoingMessage.Origin.FORWARD:
        _only_for_managers(request, "This message encloses a rejected one, with whatever it was rejected for.")
    try:
        content = outgoing.raw()
    except BlobMissing as error:
        raise Http404("The original of this message is not there any more.") from error
    return _download(content, _mail_name(outgoing.subject), OCTET_STREAM)


def _only_for_managers(request: TenantRequest, reason: str) -> None:
    if not request.principal.may(Permission.MANAGE_MAILBOXES):
        raise PermissionDenied(reason)


def _download(content: bytes, filename: str, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=filename) or "attachment"
    response["Content-Length"] = len(content)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _content_type(declared: str, content: bytes) -> str:
    declared = declared.lower()
    if declared in _HARMLESS_TYPES or may_show_inline(declared, content[:16]):
        return declared
    return OCTET_STREAM


def _mail_name(subject: str) -> str:
    return safe_filename(f"{subject[:100]}.eml", "message.eml") if subject else "message.eml"
