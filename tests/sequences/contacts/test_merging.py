"""One contact is made of two."""

import pytest

from mailboxes.models import AddressStanding
from mailboxes.standing import changing
from mailboxes.standing.changing import Occasion
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from sequences.contacts import duplicates, merging
from sequences.contacts.finding import contacts_by_address
from sequences.models import Contact, ContactList, Enrollment, ListEntry, OtherAddress, StepSend
from tests.factories import Cast, signed_in
from tests.sequences.factories import Mail, enroll, make_contact, make_marketing_mailbox, make_sequence

pytestmark = pytest.mark.django_db


def merged(cast: Cast, kept: Contact, gone: Contact, *from_gone: str) -> Contact:
    with tenant_scope(cast.tenant.pk):
        return merging.merge(kept, gone, from_gone, by=cast.owner, now=clock.now())


def send(enrollment: Enrollment) -> None:
    """Note the mail of the first step as sent."""
    now = clock.now()
    with tenant_scope(enrollment.tenant_id):
        StepSend.objects.create(
            tenant_id=enrollment.tenant_id,
            enrollment=enrollment,
            sequence_id=enrollment.sequence_id,
            contact_id=enrollment.contact_id,
            step_id=enrollment.step_id,
            submitted_at=now,
            sent_at=now,
        )


def test_both_addresses_lead_to_what_is_left(cast: Cast) -> None:
    kept, gone = make_contact(cast.tenant, "nina@customer.example"), make_contact(cast.tenant, "n.berg@old.example")

    merged(cast, kept, gone)

    with tenant_scope(cast.tenant.pk):
        assert set(contacts_by_address(["nina@customer.example", "n.berg@old.example"]).values()) == {kept}
        assert Contact.objects.get().address == "nina@customer.example"


def test_what_is_chosen_wins(cast: Cast) -> None:
    kept = make_contact(cast.tenant, "nina@customer.example", company="Old Ltd", custom={"seats": "1"})
    gone = make_contact(cast.tenant, "n.berg@new.example", company="New Ltd", phone="42", custom={"seats": "2"})

    left = merged(cast, kept, gone, "address", "company", "seats")

    assert (left.address, left.domain, left.company, left.phone) == ("n.berg@new.example", "new.example", "New Ltd", "")
    assert left.custom == {"seats": "2"}
    with tenant_scope(cast.tenant.pk):
        assert OtherAddress.objects.get().address == "nina@customer.example"


def test_an_empty_value_is_proposed_to_be_filled(cast: Cast) -> None:
    kept, gone = (
        make_contact(cast.tenant, company=""),
        make_contact(cast.tenant, company="Nordlicht", last_name="Other"),
    )

    with tenant_scope(cast.tenant.pk):
        choices = {one.name: one for one in merging.choices_of(kept, gone, [])}

    assert set(choices) == {"address", "company", "last_name"}
    assert choices["company"].takes_gone
    assert not choices["last_name"].takes_gone


def test_lists_and_history_are_put_together(cast: Cast) -> None:
    kept, gone, now = make_contact(cast.tenant), make_contact(cast.tenant), clock.now()
    with tenant_scope(cast.tenant.pk):
        both, one = (
            ContactList.objects.create(tenant=cast.tenant, name=name, created_at=now) for name in ("Both", "One")
        )
        for contact_list, contact in ((both, kept), (both, gone), (one, gone)):
            ListEntry.objects.create(tenant=cast.tenant, list=contact_list, contact=contact, added_at=now)

    merged(cast, kept, gone)

    with tenant_scope(cast.tenant.pk):
        assert {entry.list for entry in kept.list_entries.all()} == {both, one}
        assert kept.changes.get().words == f"With {gone.written_address} ({gone.full_name})"


@pytest.mark.parametrize("further", ["kept", "gone"])
def test_in_a_sequence_of_both_the_one_further_on_stays(cast: Cast, further: str) -> None:
    sequence = make_sequence(make_marketing_mailbox(cast.tenant), author=cast.owner, steps=(Mail(), Mail(delay=3)))
    kept, gone = make_contact(cast.tenant), make_contact(cast.tenant)
    ways = {"kept": enroll(sequence, kept), "gone": enroll(sequence, gone)}
    send(ways[further])

    merged(cast, kept, gone)

    with tenant_scope(cast.tenant.pk):
        left = Enrollment.objects.get()
        assert (left, left.contact) == (ways[further], kept)
        assert StepSend.objects.get().contact == kept


def test_who_answered_as_one_of_them_is_not_written_to_as_the_other(cast: Cast) -> None:
    sequence = make_sequence(make_marketing_mailbox(cast.tenant), author=cast.owner)
    kept, gone = make_contact(cast.tenant), make_contact(cast.tenant)
    send(enroll(sequence, kept))
    replied = enroll(sequence, gone, state=Enrollment.State.STOPPED, cause=Enrollment.Cause.REPLIED, due_at=None)

    merged(cast, kept, gone)

    with tenant_scope(cast.tenant.pk):
        assert Enrollment.objects.get() == replied


def test_ways_through_other_sequences_are_taken_over(cast: Cast) -> None:
    mailbox = make_marketing_mailbox(cast.tenant)
    kept, gone = make_contact(cast.tenant), make_contact(cast.tenant)
    enroll(make_sequence(mailbox, author=cast.owner), kept)
    enroll(make_sequence(mailbox, author=cast.owner), gone)

    merged(cast, kept, gone)

    with tenant_scope(cast.tenant.pk):
        assert {one.state for one in kept.enrollments.all()} == {Enrollment.State.ACTIVE}
        assert kept.enrollments.count() == 2


@pytest.mark.parametrize("who", ["kept", "gone"])
def test_who_wanted_no_mail_at_one_address_gets_none_at_the_other(cast: Cast, who: str) -> None:
    kept, gone = make_contact(cast.tenant, "nina@customer.example"), make_contact(cast.tenant, "nina@old.example")
    enroll(make_sequence(make_marketing_mailbox(cast.tenant), author=cast.owner), kept)
    said_no = {"kept": kept, "gone": gone}[who]
    with tenant_scope(cast.tenant.pk):
        changing.note_unsubscribe(said_no.address, Occasion(cast.tenant.pk, clock.now(), "No"))

    left = merged(cast, kept, gone, *(["address"] if who == "kept" else []))

    with tenant_scope(cast.tenant.pk):
        assert AddressStanding.objects.get(address=left.address).unsubscribed_at
        assert Enrollment.objects.get().cause == Enrollment.Cause.UNSUBSCRIBED


def test_the_same_person_is_suggested(cast: Cast) -> None:
    nina = make_contact(cast.tenant, "nina.berg@customer.example", first_name="Nina", last_name="Berg", company="Nord")
    tagged = make_contact(cast.tenant, "ninaberg+fair@customer.example", first_name="", last_name="")
    namesake = make_contact(cast.tenant, "nina@home.example", first_name="NINA", last_name="Berg", company="nord")
    make_contact(cast.tenant, "nina@other.example", first_name="Nina", last_name="Berg", company="Other")

    with tenant_scope(cast.tenant.pk):
        found = [one for one, _why in duplicates.suggestions(nina)]

    assert found == [tagged, namesake]


def test_merging_is_shown_before_it_is_done(cast: Cast) -> None:
    kept, gone = make_contact(cast.tenant, company="Old"), make_contact(cast.tenant, company="New")
    browser, url = signed_in(cast.owner), f"/contacts/{kept.pk}/merge/"

    shown = browser.get(url, {"with": str(gone.pk)}).content.decode()
    browser.post(url, {"with": str(gone.pk), "take-company": "gone", "take-address": "kept"})

    assert "This cannot be undone" in shown
    with tenant_scope(cast.tenant.pk):
        assert Contact.objects.get().company == "New"


@pytest.mark.parametrize("other", ["self", "foreign", "garbage"])
def test_a_contact_is_merged_with_another_one_of_the_account_only(cast: Cast, other: str) -> None:
    contact = make_contact(cast.tenant)
    ids = {"self": contact.pk, "foreign": make_contact(cast.other_tenant).pk, "garbage": "garbage"}

    answer = signed_in(cast.owner).post(f"/contacts/{contact.pk}/merge/", {"with": str(ids[other])})

    assert answer.status_code == 404
