"""Whom lists do not write to."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from mailboxes.models import AddressStanding, StandingChange
from mailboxes.standing import changing
from mailboxes.standing.changing import Occasion
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from sequences.contacts.suppressed import suppressed_addresses
from sequences.contacts.suppressing import SuppressionRefused, may_list_write_to, read_target, suppress
from sequences.contacts.validity import Verdict, having, validity_of, with_validity
from sequences.models import Contact, Enrollment, SuppressedDomain
from tests.factories import Cast, signed_in
from tests.mailboxes.mail.factories import make_raw, receive
from tests.sequences.factories import enroll, make_contact, make_marketing_mailbox, make_sequence

pytestmark = pytest.mark.django_db

ADD = reverse("sequences:suppression-add")


@pytest.fixture
def judged(cast: Cast) -> dict[Verdict, Contact]:
    """One contact for each verdict."""
    at = Occasion(cast.tenant.pk, clock.now(), "550 5.1.1 no such user")
    domains = {Verdict.SUPPRESSED: "mail.rival.example"}
    made = {one: make_contact(cast.tenant, f"{one.value}@{domains.get(one, 'customer.example')}") for one in Verdict}
    with tenant_scope(cast.tenant.pk):
        changing.mark_incorrect(made[Verdict.INCORRECT].address, at)
        changing.note_unsubscribe(made[Verdict.UNSUBSCRIBED].address, at)
        changing.note_complaint(made[Verdict.COMPLAINED].address, at)
        changing.note_unsubscribe(made[Verdict.COMPLAINED].address, at)
        suppress("rival.example", "Competitor", by=cast.owner, now=at.at)
    return made


def test_each_reason_keeps_lists_away(
    cast: Cast, judged: dict[Verdict, Contact], django_assert_num_queries: Callable[..., Any]
) -> None:
    asked = [one.written_address.upper() for one in judged.values()]

    with tenant_scope(cast.tenant.pk), django_assert_num_queries(2):
        answers = may_list_write_to(asked)

    for verdict, contact in judged.items():
        refusal = answers[contact.written_address.upper()]
        assert (refusal.verdict if refusal else Verdict.OK) == verdict
    incorrect = answers[judged[Verdict.INCORRECT].written_address.upper()]
    assert incorrect is not None
    assert (incorrect.words, incorrect.since is None) == ("550 5.1.1 no such user", False)


def test_lists_of_contacts_tell_the_same_as_single_addresses(cast: Cast, judged: dict[Verdict, Contact]) -> None:
    with tenant_scope(cast.tenant.pk):
        rows = with_validity(Contact.objects.all())
        annotated = {one.address: one.verdict for one in rows}
        alone = {address: one.verdict for address, one in validity_of(annotated).items()}
        by_verdict = {verdict: list(having(Contact.objects.all(), verdict)) for verdict in Verdict}

    assert annotated == alone
    assert by_verdict == {verdict: [contact] for verdict, contact in judged.items()}


def test_what_another_account_suppresses_says_nothing_here(cast: Cast) -> None:
    with tenant_scope(cast.other_tenant.pk):
        suppress("customer.example", "", by=cast.stranger, now=clock.now())
        suppress("nina@customer.example", "", by=cast.stranger, now=clock.now())

    with tenant_scope(cast.tenant.pk):
        assert may_list_write_to(["nina@customer.example"]) == {"nina@customer.example": None}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Nina@Customer.Example", "nina@customer.example"),
        ("Customer.Example", "customer.example"),
        ("@customer.example", "customer.example"),
        ("*.customer.example", "customer.example"),
        ("bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_an_address_or_a_domain_is_read_as_people_write_it(written: str, read: str) -> None:
    assert read_target(written).text == read


@pytest.mark.parametrize("written", ["", "nina", "nina@", "a b.example", "http://customer.example/", "a@b@c.example"])
def test_what_is_neither_is_refused(written: str) -> None:
    with pytest.raises(SuppressionRefused):
        read_target(written)


def test_many_are_pasted_and_what_is_under_way_to_them_stops(cast: Cast) -> None:
    sequence = make_sequence(make_marketing_mailbox(cast.tenant), author=cast.owner)
    people = [make_contact(cast.tenant, one) for one in ("nina@a.example", "otto@mail.b.example", "ada@c.example")]
    for one in people:
        enroll(sequence, one)

    answer = signed_in(cast.member).post(ADD, {"entries": "nina@a.example\nb.example, new@d.example", "words": "Asked"})

    assert answer.status_code == 302
    with tenant_scope(cast.tenant.pk):
        running = Enrollment.objects.exclude(state=Enrollment.State.STOPPED)
        assert [one.contact for one in running] == [people[2]]
        assert SuppressedDomain.objects.get().words == "Asked"
        assert AddressStanding.objects.count() == 2


def test_nothing_is_added_where_a_line_cannot_be_read(cast: Cast) -> None:
    answer = signed_in(cast.member).post(ADD, {"entries": "nina@a.example\nnonsense"})

    assert answer.status_code == 422
    assert "“nonsense” is neither" in str(answer.context["form"].errors["entries"])
    with tenant_scope(cast.tenant.pk):
        assert not AddressStanding.objects.exists()


def test_adding_twice_keeps_the_first_reason(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        for words in ("First", "Second"):
            suppress("nina@a.example", words, by=cast.owner, now=clock.now())
            suppress("a.example", words, by=cast.owner, now=clock.now())

        assert AddressStanding.objects.get().changes.get().words == "First"
        assert SuppressedDomain.objects.get().words == "First"


def test_an_administrator_lets_an_address_be_written_to_again_with_a_name_in_its_history(cast: Cast) -> None:
    contact = make_contact(cast.tenant, "nina@customer.example")
    with tenant_scope(cast.tenant.pk):
        standing = suppress(contact.address, "Asked", by=cast.owner, now=clock.now())
    url = reverse("sequences:suppression-remove", args=[standing.pk])

    assert signed_in(cast.member).post(url).status_code == 403
    asked = signed_in(cast.owner).get(url).content.decode()
    signed_in(cast.owner).post(url)

    assert "Go on only if they asked for your mail again" in asked
    with tenant_scope(cast.tenant.pk):
        assert may_list_write_to([contact.address]) == {contact.address: None}
        newest = StandingChange.objects.order_by("-at", "-id")[:1].get()
    assert newest.membership == cast.owner


def test_an_administrator_takes_a_domain_off_the_list(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        domain = suppress("a.example", "", by=cast.owner, now=clock.now())

    signed_in(cast.owner).post(reverse("sequences:suppressed-domain-remove", args=[domain.pk]))

    with tenant_scope(cast.tenant.pk):
        assert not SuppressedDomain.objects.exists()


def test_whom_a_hidden_mailbox_wrote_to_is_not_on_the_list_of_others(cast: Cast) -> None:
    now = clock.now()
    seen = receive(cast.mailbox, make_raw(subject="Stop"))
    hidden = receive(cast.hidden_mailbox, make_raw(subject="Stop too"))
    make_contact(cast.tenant, "contact@x.example")
    with tenant_scope(cast.tenant.pk):
        for address, message in (("seen@x.example", seen), ("hidden@x.example", hidden), ("contact@x.example", hidden)):
            changing.note_unsubscribe(address, Occasion(cast.tenant.pk, now, "Stop", message=message))
        suppress("byhand@x.example", "", by=cast.owner, now=now)

        of_member = {one.address for one in suppressed_addresses(cast.member)}
        of_owner = {one.address for one in suppressed_addresses(cast.owner)}

    assert of_owner - of_member == {"hidden@x.example"}
    assert of_member == {"seen@x.example", "contact@x.example", "byhand@x.example"}


def test_the_list_costs_the_same_for_three_and_for_fifty(
    cast: Cast, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    browser, url = signed_in(cast.member), reverse("sequences:suppression-list")

    def add(numbers: range) -> None:
        with tenant_scope(cast.tenant.pk):
            for number in numbers:
                suppress(f"a{number}@x.example", "", by=cast.owner, now=clock.now())
                suppress(f"d{number}.example", "", by=cast.owner, now=clock.now())

    add(range(3))
    browser.get(url)
    with django_assert_max_num_queries(20) as few:
        browser.get(url)
    add(range(3, 50))

    with django_assert_max_num_queries(20) as many:
        browser.get(url)

    assert len(many) == len(few)
