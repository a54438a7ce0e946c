"""The page behind the link of a mail (SPEC S6, SECURITY B121)."""

import base64

import pytest
from django.test import Client

from mailboxes.models import AddressStanding, StandingChange
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from sequences.models import Contact, Enrollment, Sequence, StepSend
from sequences.unsubscribing import unsubscribe_url
from sequences.unsubscribing.tokens import signed_token_of, token_of
from tests.factories import Cast, make_cast
from tests.sequences.factories import Mail, enroll, make_contact, make_marketing_mailbox, make_sequence
from tests.sequences.sending import run, send_step

pytestmark = pytest.mark.django_db

ADA = "ada@customer.example"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
_State = Enrollment.State


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def sequence(cast: Cast) -> Sequence:
    return make_sequence(make_marketing_mailbox(cast.tenant), author=cast.owner, steps=[Mail(), Mail(subject="")])


@pytest.fixture
def enrollment(sequence: Sequence) -> Enrollment:
    return enroll(sequence, make_contact(sequence.tenant, ADA))


@pytest.fixture
def elsewhere(cast: Cast, enrollment: Enrollment) -> Enrollment:
    other = make_sequence(make_marketing_mailbox(cast.tenant), author=cast.owner)
    return enroll(other, enrollment.contact)


@pytest.fixture
def visitor() -> Client:
    return Client(enforce_csrf_checks=True)


def _path(enrollment: Enrollment) -> str:
    return unsubscribe_url(enrollment).removeprefix("http://localhost:8000")


def _state(enrollment: Enrollment) -> tuple[str, str]:
    with tenant_scope(enrollment.tenant_id):
        found = enrollment.refreshed()
    return found.state, found.cause


def _is_suppressed(enrollment: Enrollment) -> bool:
    with tenant_scope(enrollment.tenant_id):
        return AddressStanding.objects.filter(address=ADA, unsubscribed_at__isnull=False).exists()


def test_following_the_link_changes_nothing(visitor: Client, enrollment: Enrollment) -> None:
    for _ in range(100):
        visitor.get(_path(enrollment))
        visitor.head(_path(enrollment))
        visitor.get(_path(enrollment), headers={"Sec-Purpose": "prefetch", "Purpose": "prefetch"})

    assert _state(enrollment) == (_State.ACTIVE, "")
    assert not _is_suppressed(enrollment)


def test_page_names_the_company_and_shows_no_address_in_full(visitor: Client, enrollment: Enrollment) -> None:
    page = visitor.get(_path(enrollment)).content.decode()

    assert "Acme" in page
    assert "a•••@c•••.example" in page
    assert ADA not in page


def test_series_alone_can_be_stopped(visitor: Client, enrollment: Enrollment, elsewhere: Enrollment) -> None:
    answer = visitor.post(_path(enrollment), {"choice": "series"})

    assert answer.status_code == 200
    assert "no more e-mails of this series" in answer.content.decode()
    assert _state(enrollment) == (_State.STOPPED, Enrollment.Cause.UNSUBSCRIBED)
    assert _state(elsewhere) == (_State.ACTIVE, "")
    assert not _is_suppressed(enrollment)


@pytest.mark.parametrize("content", [{"choice": "everything"}, ONE_CLICK])
def test_everything_stops_everywhere(
    visitor: Client, enrollment: Enrollment, elsewhere: Enrollment, content: dict[str, str]
) -> None:
    answer = visitor.post(_path(enrollment), content)

    assert answer.status_code == 200
    assert _state(enrollment) == _state(elsewhere) == (_State.STOPPED, Enrollment.Cause.UNSUBSCRIBED)
    assert _is_suppressed(enrollment)


def test_twice_is_the_same_as_once(visitor: Client, enrollment: Enrollment) -> None:
    with tenant_scope(enrollment.tenant_id):
        send = send_step(enrollment, now=clock.now())
    answers = [visitor.post(_path(enrollment), ONE_CLICK).status_code for _ in range(2)]

    assert answers == [200, 200]
    with tenant_scope(enrollment.tenant_id):
        assert StandingChange.objects.filter(event=StandingChange.Event.UNSUBSCRIBED).count() == 1
        assert enrollment.events.filter(kind="stopped").count() == 1
        assert send.refreshed().unsubscribed_at is not None


def test_mail_that_has_not_left_is_taken_back(visitor: Client, enrollment: Enrollment) -> None:
    run(enrollment.tenant, now=clock.now())

    visitor.post(_path(enrollment), ONE_CLICK)

    with tenant_scope(enrollment.tenant_id):
        send = StepSend.objects.get()
        assert send.withdrawn_at is not None
        assert send.outgoing_message is not None
        assert send.outgoing_message.deliveries.get().state == "withdrawn"


def test_form_without_a_choice_is_asked_again(visitor: Client, enrollment: Enrollment) -> None:
    answer = visitor.post(_path(enrollment), {"choice": "nonsense"})

    assert answer.status_code == 422
    assert _state(enrollment) == (_State.ACTIVE, "")


def test_tampered_links_lead_nowhere(visitor: Client, enrollment: Enrollment, elsewhere: Enrollment) -> None:
    token = token_of(enrollment)
    moved = token_of(elsewhere)[:21] + token[21:]
    swapped = token[:-1] + ("A" if token[-1] != "A" else "B")

    for wrong in (moved, swapped, token[:-1], token + "A", token.upper(), "x", "%00", "a" * 500):
        assert visitor.get(f"/u/{wrong}").status_code == 404
        assert visitor.post(f"/u/{wrong}", ONE_CLICK).status_code == 404
    assert _state(enrollment) == _state(elsewhere) == (_State.ACTIVE, "")


@pytest.mark.parametrize("gone", ["enrollment", "contact", "sequence"])
@pytest.mark.parametrize("content", [{"choice": "everything"}, ONE_CLICK])
def test_link_works_after_what_it_came_from_was_deleted(
    visitor: Client, enrollment: Enrollment, gone: str, content: dict[str, str]
) -> None:
    path = _path(enrollment)
    _delete(enrollment, gone)

    page = visitor.get(path).content.decode()
    answer = visitor.post(path, content)

    assert "a•••@c•••.example" in page
    assert "Only this series" not in page
    assert answer.status_code == 200
    assert _is_suppressed(enrollment)


def test_link_stops_who_was_imported_again_under_the_same_address(
    visitor: Client, sequence: Sequence, enrollment: Enrollment
) -> None:
    path = _path(enrollment)
    _delete(enrollment, "contact")
    again = enroll(sequence, make_contact(sequence.tenant, ADA))

    visitor.post(path, ONE_CLICK)

    assert _state(again) == (_State.STOPPED, Enrollment.Cause.UNSUBSCRIBED)


def test_address_that_got_the_mail_is_suppressed_also_where_the_contact_has_another_since(
    visitor: Client, enrollment: Enrollment
) -> None:
    path = _path(enrollment)
    with tenant_scope(enrollment.tenant_id):
        Contact.objects.update(address="ada@new.example", written_address="ada@new.example")

    visitor.post(path, ONE_CLICK)

    with tenant_scope(enrollment.tenant_id):
        rows = AddressStanding.objects.filter(unsubscribed_at__isnull=False)
        assert set(rows.values_list("address", flat=True)) == {ADA, "ada@new.example"}
    assert _state(enrollment) == (_State.STOPPED, Enrollment.Cause.UNSUBSCRIBED)


def test_link_of_one_account_changes_nothing_in_another(visitor: Client, cast: Cast, enrollment: Enrollment) -> None:
    path = _path(enrollment)
    theirs = make_sequence(make_marketing_mailbox(cast.other_tenant), author=cast.stranger)
    other = enroll(theirs, make_contact(cast.other_tenant, ADA))
    _delete(enrollment, "contact")

    visitor.post(path, ONE_CLICK)

    assert _state(other) == (_State.ACTIVE, "")
    assert not _is_suppressed(other)


def test_token_says_nothing_that_can_be_read_and_is_always_the_same(enrollment: Enrollment) -> None:
    token = token_of(enrollment)
    octets = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))

    assert token == token_of(enrollment)
    assert b"ada" not in octets
    assert b"example" not in octets
    assert enrollment.pk.bytes not in octets


def test_links_of_mails_that_carried_a_signed_id_go_on_working(visitor: Client, enrollment: Enrollment) -> None:
    path = f"/u/{signed_token_of(enrollment.pk)}"

    page = visitor.get(path).content.decode()
    answer = visitor.post(path, ONE_CLICK)

    assert "a•••@c•••.example" in page
    assert answer.status_code == 200
    assert _state(enrollment) == (_State.STOPPED, Enrollment.Cause.UNSUBSCRIBED)
    assert _is_suppressed(enrollment)
    _delete(enrollment, "enrollment")
    assert visitor.get(path).status_code == 404


def test_link_of_an_account_that_is_gone_leads_nowhere(visitor: Client, enrollment: Enrollment) -> None:
    enrollment.tenant_id = 10**9

    assert visitor.get(_path(enrollment)).status_code == 404


def _delete(enrollment: Enrollment, gone: str) -> None:
    with tenant_scope(enrollment.tenant_id):
        if gone == "contact":
            Contact.objects.filter(pk=enrollment.contact_id).delete()
        Enrollment.objects.filter(pk=enrollment.pk).delete()
        if gone == "sequence":
            Sequence.objects.filter(pk=enrollment.sequence_id).delete()
