"""The page on which somebody who got a mail of a sequence says that he wants no more."""

from allauth.core import ratelimit
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from mailhub import clock
from mailhub.tenancy.access import public
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope, unscoped
from sequences.models import Enrollment
from sequences.unsubscribing.acting import Choice
from sequences.unsubscribing.acting import unsubscribe as do_unsubscribe
from sequences.unsubscribing.showing import masked
from sequences.unsubscribing.tokens import enrollment_named_by

_ONE_CLICK = "Asked for it by the button of the mail program"
_BY_PAGE = "Asked for it on the page"


# The signed token says who asks, and no cookie does: a form of another site can do no more than whoever has the link.
@public
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponseBase:
    """Ask what is wanted no more, and do it on POST only: programs follow links too (SECURITY B121)."""
    enrollment = _enrollment(token)
    if request.method != "POST":
        return _page(request, enrollment)
    limited: HttpResponseBase | None = ratelimit.consume_or_429(request, action="unsubscribe")
    if limited is not None:
        return limited
    is_one_click = request.POST.get("List-Unsubscribe") == "One-Click"
    choice = Choice.EVERYTHING if is_one_click else _choice(request)
    if choice is None:
        return _page(request, enrollment, status=422)
    with tenant_scope(enrollment.tenant_id):
        do_unsubscribe(enrollment, choice, words=_ONE_CLICK if is_one_click else _BY_PAGE, now=clock.now())
    return _page(request, enrollment, done=choice)


def _enrollment(token: str) -> Enrollment:
    enrollment_id = enrollment_named_by(token)
    if enrollment_id is None:
        raise Http404
    with unscoped("the recipient of a mail has no account; the signature of the link names the row"):
        rows = Enrollment.objects.select_related("contact", "tenant")
        enrollment: Enrollment | None = rows.filter(pk=enrollment_id).first()
    if enrollment is None:
        raise Http404
    return enrollment


def _choice(request: HttpRequest) -> Choice | None:
    wanted = request.POST.get("choice", "")
    return Choice(wanted) if wanted in Choice.values else None


def _page(
    request: HttpRequest, enrollment: Enrollment, *, done: Choice | None = None, status: int = 200
) -> HttpResponse:
    tenant: Tenant = enrollment.tenant
    context = {
        "company": tenant.name,
        "address": masked(enrollment.contact.written_address),
        "choices": Choice.choices,
        "first_choice": Choice.EVERYTHING,
        "done": done,
        "is_everything": done == Choice.EVERYTHING,
        "is_unanswered": status == 422,
    }
    return render(request, "sequences/unsubscribe/page.html", context, status=status)
