"""What mail programs and browsers of recipients ask for. Whatever goes wrong with us, a reader sees nothing of it."""

import logging
from base64 import b64decode

from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mailhub import clock
from mailhub.tenancy.access import public
from mailhub.tenancy.principal import Principal
from mailhub.tenancy.scope import tenant_scope, unscoped
from sequences.models import StepSend, TrackedLink
from sequences.tracking.recording import Visit, record
from sequences.tracking.tokens import MailName, click_named_by, mail_named_by

log = logging.getLogger(__name__)

# One transparent pixel.
_PICTURE = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_REASON = "the recipient of a mail has no account; the signature of the link names the row"


@public
@never_cache
@require_safe
def track_open(request: HttpRequest, token: str) -> HttpResponse:
    """Answer with a picture that nobody sees, whatever was asked for."""
    mail = mail_named_by(token)
    if mail is not None:
        _note(request, mail)
    return HttpResponse(_PICTURE, content_type="image/gif")


@public
@never_cache
@require_safe
def track_click(request: HttpRequest, token: str) -> HttpResponse:
    """Send whoever follows a link on to what is written down for it, and nowhere else (SECURITY B120)."""
    click = click_named_by(token)
    if click is None:
        raise Http404
    with unscoped(_REASON):
        link: TrackedLink | None = TrackedLink.objects.filter(pk=click.link_id).first()
    if link is None:
        raise Http404
    _note(request, click.mail, link=link)
    return HttpResponseRedirect(link.url)


def _note(request: HttpRequest, mail: MailName, *, link: TrackedLink | None = None) -> None:
    visit = Visit.of(request, now=clock.now())
    try:
        with unscoped(_REASON):
            rows = StepSend.objects.filter(enrollment=mail.enrollment_id, step=mail.step_id)
            send: StepSend | None = rows.first()
        if send is None or _is_colleague(request, send):
            return
        with tenant_scope(send.tenant_id):
            record(send, visit, link=link)
    except DatabaseError:
        log.exception("A fetch of mail of enrollment %s was not written down.", mail.enrollment_id)


def _is_colleague(request: HttpRequest, send: StepSend) -> bool:
    """Whether somebody of the account that sent it looks at it in mailhub."""
    principal: Principal | None = request.principal  # type: ignore[attr-defined]
    return principal is not None and principal.tenant.pk == send.tenant_id
