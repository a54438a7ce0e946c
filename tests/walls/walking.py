"""The walk: everyone opens every address of a route by every method; what is not as declared becomes a finding."""

from collections.abc import Iterable, Iterator
from itertools import product

from django.urls import URLPattern, reverse

from mailhub.tenancy.access import OPERATOR
from mailhub.tenancy.permissions import Permission
from tests.walls.declaring import Route
from tests.walls.naming import NOWHERE, Target, targets_of
from tests.walls.visits import HTMX, METHODS, Answer, Visits
from tests.walls.world import ANONYMOUS, Visitor, World


def walk(
    world: World,
    name: str,
    pattern: URLPattern,
    route: Route,
    *,
    visitors: Iterable[Visitor],
    methods: Iterable[str] = METHODS,
) -> Iterator[str]:
    """Yield what is wrong, with where: route, visitor, method and what the address named."""
    visits = Visits(world)
    targets = targets_of(world, pattern)
    for visitor, method in product(visitors, methods):
        answers = [
            visits.open(visitor, method, reverse(name, kwargs=target.ids), route.form(target.place))
            for target in targets
        ]
        nothing = answers[-1].told(targets[-1].ids.values())
        for target, answer in zip(targets, answers, strict=True):
            where = f"{name} | {visitor} | {method} | {target}"
            expected = expected_status(world, route, visitor, method, target)
            for problem in problems(visitor, answer, expected=expected):
                yield f"{where}: {problem}"
            if is_missing(world, visitor, target) and answer.told(target.ids.values()) != nothing:
                yield f"{where}: differs from the answer for what is not there"


def problems(visitor: Visitor, answer: Answer, *, expected: int) -> Iterator[str]:
    """Yield what this visitor should not have got."""
    if answer.status != expected:
        yield f"answered {answer.status}, declared is {expected}"
    for label in sorted(answer.labels - visitor.labels):
        yield f"shows words of {label}"
    for label in sorted(answer.changed - visitor.labels):
        yield f"changed rows of {label}"


def expected_status(world: World, route: Route, visitor: Visitor, method: str, target: Target) -> int:
    """Return what the matrix says: first the door, then the method, then the object."""
    verb = method.split()[0]
    if route.needs == OPERATOR:
        return 404
    if route.needs is None:
        of_everyone = route.answers if visitor.user is None or route.signed_in is None else route.signed_in
        return {**of_everyone, **route.unlike.get(visitor.name, {})}.get(verb, 405)
    if visitor.name == ANONYMOUS:
        return 204 if method == HTMX else 302
    if visitor.membership is None:
        return 302
    if not visitor.membership.may(Permission(route.needs)):
        return 403
    answers = {**route.answers, **route.unlike.get(visitor.name, {})}
    if verb not in answers:
        return 405
    return 404 if is_missing(world, visitor, target) else answers[verb]


def is_missing(world: World, visitor: Visitor, target: Target) -> bool:
    """Whether the target does not exist as far as this visitor may know."""
    if "passkey_id" in target.ids or "token" in target.ids:
        # Who asks proves first who they are, or is nobody at all: that is the same for every one of them.
        return False
    if "browser_id" in target.ids:
        own_browsers = [one.pk for one in world.signed_in_browsers.values() if one.user == visitor.user]
        return target.ids["browser_id"] not in own_browsers
    if "membership_id" in target.ids:
        own = [one.pk for one in world.memberships.values() if one.user == visitor.user and one.is_active]
        return target.ids["membership_id"] not in own
    if target.ids and target.ids.keys() <= _OF_THE_ACCOUNT and target.label != NOWHERE:
        return visitor.membership is None or visitor.membership.tenant_id != target.place.mailbox.tenant_id
    if _OF_ONE_PERSON & target.ids.keys() and visitor.membership != target.place.writer:
        return True
    return bool(target.ids) and target.label not in visitor.sees


# What everyone in the account is shown.
_OF_THE_ACCOUNT = {"reply_template_id", "contact_id", "contact_list_id", "contact_field_id", "suppressed_domain_id"}
_OF_THE_ACCOUNT |= {"contact_import_id"}
# What its owner alone is shown.
_OF_ONE_PERSON = {"own_note_id", "draft_id", "draft_attachment_id", "notification_id", "saved_view_id"}
