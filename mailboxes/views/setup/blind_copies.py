"""Auto-BCC: who gets a copy of all mail of a mailbox (SPEC M20)."""

import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from mailboxes.addresses import normalise
from mailboxes.forms.blind_copies import BlindCopiesForm
from mailboxes.models import BlindCopyAddress, Mailbox
from mailboxes.own_addresses import mailboxes_of
from mailboxes.views.setup.finding import get_mailbox
from mailboxes.views.setup.sections import section
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest


@dataclass(frozen=True)
class _Row:
    """An address that gets copies; `mailbox` is the one of ours that it belongs to, if any."""

    copy: BlindCopyAddress
    mailbox: Mailbox | None


@requires(Permission.MANAGE_MAILBOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def blind_copy_list(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Show who gets copies, and add addresses."""
    mailbox = get_mailbox(request, mailbox_id)
    form = BlindCopiesForm(mailbox, request.POST if request.method == "POST" else None)
    if form.is_valid():
        _add(mailbox, form.cleaned_data["addresses"])
        messages.success(request, "Saved. From now on they get a copy of all mail that is sent from this mailbox.")
        return redirect("mailboxes:blind-copy-list", mailbox.pk)
    context = section(request, mailbox, form=form, rows=_rows(mailbox))
    return render(request, "mailboxes/setup/blind_copies.html", context, status=422 if form.is_bound else 200)


@requires(Permission.MANAGE_MAILBOXES)
@require_POST
def blind_copy_remove(request: TenantRequest, mailbox_id: uuid.UUID, blind_copy_id: uuid.UUID) -> HttpResponse:
    """Send an address no more copies."""
    mailbox = get_mailbox(request, mailbox_id)
    copied = get_object_or_404(BlindCopyAddress, mailbox=mailbox, pk=blind_copy_id)
    copied.delete()
    messages.success(request, f"{copied} gets no more copies.")
    return redirect("mailboxes:blind-copy-list", mailbox.pk)


def _add(mailbox: Mailbox, addresses: list[str]) -> None:
    now = clock.now()
    rows = [
        BlindCopyAddress(tenant_id=mailbox.tenant_id, mailbox=mailbox, address=one, created_at=now) for one in addresses
    ]
    # Somebody else may add the same in this moment.
    BlindCopyAddress.objects.bulk_create(rows, ignore_conflicts=True)


def _rows(mailbox: Mailbox) -> list[_Row]:
    copied = list(BlindCopyAddress.objects.filter(mailbox=mailbox))
    ours = mailboxes_of(one.address for one in copied)
    return [_Row(one, ours.get(normalise(one.address))) for one in copied]
