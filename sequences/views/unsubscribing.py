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
from sequences.unsubscribing.acting import Choice
from sequences.unsubscribing.finding import Asker, find_asker
from sequences.unsubscribing.showing import masked

_ONE_CLICK = "Asked for it by the button of the mail program"
_BY_PAGE = "Asked for it on the page"


# The sealed token says who asks, and no cookie does: a form of another site can do no more than whoever has the link.
@public
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponseBase:
    """Ask what is wanted no more, and do it on POST only: programs follow links too (SECURITY B121)."""
    asker = find_asker(token)
    if asker is None:
        raise Http404
    if request.method != "POST":
        return _page(request, asker)
    limited: HttpResponseBase | None = ratelimit.consume_or_429(request, action="unsubscribe")
    if limited is not None:
        return limited
    is_one_click = request.POST.get("List-Unsubscribe") == "One-Click"
    choice = Choice.EVERYTHING if is_one_click else _choice(request, asker)
    if choice is None:
        return _page(request, asker, status=422)
    asker.unsubscribe(choice, words=_ONE_CLICK if is_one_click else _BY_PAGE, now=clock.now())
    return _page(request, asker, done=choice)


def _choice(request: HttpRequest, asker: Asker) -> Choice | None:
    wanted = request.POST.get("choice", "")
    return next((one for one in asker.choices if one.value == wanted), None)


def _page(request: HttpRequest, asker: Asker, *, done: Choice | None = None, status: int = 200) -> HttpResponse:
    context = {
        "company": asker.tenant.name,
        "address": masked(asker.address),
        "choices": [(one.value, one.label) for one in asker.choices],
        "first_choice": Choice.EVERYTHING,
        "done": done,
        "is_everything": done == Choice.EVERYTHING,
        "is_unanswered": status == 422,
    }
    return render(request, "sequences/unsubscribe/page.html", context, status=status)
