"""What undoing takes back, and what it leaves alone because somebody built on it."""

import pytest

from mailhub import clock
from sequences.contacts.keeping import save_contact
from sequences.contacts.values import ContactValues
from sequences.importing import starting
from sequences.models import Contact, ContactImport, ContactList, Enrollment, ListEntry, Sequence
from tests.factories import Cast
from tests.sequences.importing.files import done, people, row_of, table, undone

State = ContactImport.State

pytestmark = pytest.mark.usefixtures("scope")


def test_contacts_that_nobody_used_go(cast: Cast) -> None:
    one = done(people(3), cast.owner)

    taken_back = undone(one)

    assert taken_back.state == State.UNDONE
    assert taken_back.counts == {"total": 3, "removed": 3}
    assert not Contact.objects.exists()
    assert row_of(taken_back, 2).words == "Contact removed."


def test_values_come_back_unless_somebody_changed_them_since(cast: Cast) -> None:
    known = save_contact(ContactValues("a@example.com", company="Old Ltd", phone="1"), by=cast.owner, now=clock.now())
    raw = table(["email", "company", "phone"], ["a@example.com", "New Ltd", "2"])
    one = done(raw, cast.owner, on_duplicate="overwrite")
    Contact.objects.filter(pk=known.pk).update(phone="3")

    taken_back = undone(one)

    known.refresh_from_db()
    assert (known.company, known.phone) == ("Old Ltd", "3")
    assert taken_back.counts["kept"] == 1
    assert row_of(taken_back, 2).words == "Put back: company. Kept, because changed since: phone."


def test_a_contact_that_was_changed_stays(cast: Cast) -> None:
    one = done(people(2), cast.owner)
    Contact.objects.filter(address="p1@example.com").update(job_title="Buyer")

    taken_back = undone(one)

    assert [contact.address for contact in Contact.objects.all()] == ["p1@example.com"]
    assert taken_back.counts == {"total": 2, "removed": 1, "kept": 1}
    assert row_of(taken_back, 2).words == "Kept: the contact was changed since."


def test_a_contact_that_is_in_a_sequence_or_on_another_list_stays(cast: Cast) -> None:
    now = clock.now()
    one = done(people(3), cast.owner)
    enrolled, listed, _unused = Contact.objects.order_by("address")
    sequence = Sequence.objects.create(tenant=cast.tenant, name="Spring", created_at=now, changed_at=now)
    Enrollment.objects.create(tenant=cast.tenant, sequence=sequence, contact=enrolled, added_at=now, changed_at=now)
    other = ContactList.objects.create(tenant=cast.tenant, name="Other", created_at=now)
    ListEntry.objects.create(tenant=cast.tenant, list=other, contact=listed, added_at=now)

    taken_back = undone(one)

    assert set(Contact.objects.all()) == {enrolled, listed}
    assert "sequence" in row_of(taken_back, 2).words
    assert "another list" in row_of(taken_back, 3).words


def test_whom_it_put_on_a_list_it_takes_off_and_nobody_else(cast: Cast) -> None:
    now = clock.now()
    fair = ContactList.objects.create(tenant=cast.tenant, name="Fair", created_at=now)
    before, beside = (
        save_contact(ContactValues(address), by=cast.owner, now=now) for address in ("p1@example.com", "p2@example.com")
    )
    ListEntry.objects.create(tenant=cast.tenant, list=fair, contact=before, added_at=now)
    raw = table(["email"], ["p1@example.com"], ["p2@example.com"])
    one = done(raw, cast.owner, contact_list=fair)
    assert ListEntry.objects.filter(list=fair).count() == 2

    undone(one)

    assert [entry.contact for entry in ListEntry.objects.all()] == [before]
    assert Contact.objects.filter(pk=beside.pk).exists()


def test_a_contact_that_was_deleted_since_is_passed_over(cast: Cast) -> None:
    one = done(people(2), cast.owner)
    Contact.objects.filter(address="p1@example.com").delete()

    taken_back = undone(one)

    assert taken_back.counts == {"total": 2, "removed": 1, "kept": 1}
    assert "deleted" in row_of(taken_back, 2).words


def test_nothing_is_undone_twice(cast: Cast) -> None:
    one = undone(done(people(1), cast.owner))

    assert not starting.undo(one)
    assert not starting.may_undo(one)
