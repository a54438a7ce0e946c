"""Adding a mailbox."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from mailboxes.forms.adding import AddMailboxForm
from mailboxes.forms.saving import saved
from mailboxes.views.setup.after_saving import go_on
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest


@requires(Permission.MANAGE_MAILBOXES)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def mailbox_add(request: TenantRequest) -> HttpResponse:
    """Create a mailbox with its first servers."""
    form = AddMailboxForm(request.principal.tenant, request.POST or None)
    now = clock.now()
    draft = f"add-mailbox:{request.principal.tenant.public_id}"
    if form.is_bound and form.is_valid() and saved(form, lambda: form.save(now=now)):
        mailbox = form.mailbox.instance
        # The page that shows this forgets the draft; after an answer that never arrived it is still there.
        messages.success(request, _what_happens_next(form), extra_tags=draft)
        servers = (one.instance for one in (form.incoming, form.outgoing) if one.is_bound)
        return go_on(request, mailbox, *servers)
    context = {"form": form, "draft": draft}
    return render(request, "mailboxes/setup/add.html", context, status=422 if form.is_bound else 200)


def _what_happens_next(form: AddMailboxForm) -> str:
    mailbox = form.mailbox.instance
    if not mailbox.is_active:
        return f"{mailbox} was added. Activate it when mail is to be fetched and sent."
    if form.incoming.is_bound:
        return f"{mailbox} was added. Its mail is fetched now, for the first time."
    return f"{mailbox} was added."
