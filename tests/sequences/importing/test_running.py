"""Files that are tried, and then imported: a result for each row."""

import pytest
from pytest_django import DjangoAssertNumQueries

from mailboxes.models import AddressStanding
from mailhub import clock
from mailhub.tenancy import blobs
from mailhub.tenancy.scope import tenant_scope
from sequences.contacts.keeping import save_contact
from sequences.contacts.values import ContactValues
from sequences.importing import starting
from sequences.models import Contact, ContactChange, ContactField, ContactImport, ContactList, ImportRow, ListEntry
from tests.factories import Cast
from tests.sequences.importing.files import done, outcomes, people, row_of, rows_of, table, tried, uploaded, worked

State = ContactImport.State

pytestmark = pytest.mark.usefixtures("scope")


def test_a_trial_says_of_each_row_what_would_become_of_it(cast: Cast) -> None:
    _contact(cast, "known@example.com", company="Old Ltd")
    _contact(cast, "same@example.com", company="Acme")
    raw = table(
        ["email", "company"],
        ["new@example.com", "Acme"],
        ["KNOWN@example.com", "Acme"],
        ["same@example.com", "Acme"],
        ["New@Example.com", "Other"],
        ["nobody", "Acme"],
        ["extra@example.com", "Acme", "surplus"],
    )

    one = tried(raw, cast.owner, on_duplicate="overwrite")

    assert one.state == State.TRIED
    assert outcomes(one) == {2: "created", 3: "changed", 4: "same", 5: "double", 6: "refused", 7: "refused"}
    assert one.counts == {"created": 1, "changed": 1, "same": 1, "double": 1, "refused": 2, "barred": 0}
    assert row_of(one, 3).words == "Company: “Old Ltd” → “Acme”"
    assert "row 2" in row_of(one, 5).words
    assert "nobody" in row_of(one, 6).words
    assert Contact.objects.count() == 2
    assert not Contact.objects.filter(company="Acme", address="known@example.com").exists()


def test_what_was_tried_is_what_becomes_of_it(cast: Cast) -> None:
    people_list = ContactList.objects.create(tenant=cast.tenant, name="Fair", created_at=clock.now())
    _contact(cast, "p2@example.com", company="Old Ltd")

    one = done(people(3), cast.owner, contact_list=people_list)

    assert one.state == State.DONE
    assert outcomes(one) == {2: "created", 3: "changed", 4: "created"}
    assert sorted(Contact.objects.values_list("address", "first_name", "company", "domain")) == [
        ("p1@example.com", "Person 1", "Acme", "example.com"),
        ("p2@example.com", "Person 2", "Old Ltd", "example.com"),
        ("p3@example.com", "Person 3", "Acme", "example.com"),
    ]
    assert ListEntry.objects.filter(list=people_list).count() == 3
    assert not ImportRow.objects.filter(contact_import=one, is_trial=True).exists()
    history = ContactChange.objects.get(contact__address="p2@example.com", kind=ContactChange.Kind.IMPORTED)
    assert history.words == "people.csv, row 3: First name: “Person 2”"
    assert history.membership == cast.owner


@pytest.mark.parametrize(
    ("on_duplicate", "company", "phone"),
    [("fill", "Old Ltd", "123"), ("overwrite", "New Ltd", "123"), ("skip", "Old Ltd", "")],
)
def test_who_is_there_already_is_treated_as_chosen(cast: Cast, on_duplicate: str, company: str, phone: str) -> None:
    known = _contact(cast, "known@example.com", company="Old Ltd", first_name="Nina")
    raw = table(["email", "company", "phone", "first name"], ["known@example.com", "New Ltd", "123", ""])

    done(raw, cast.owner, on_duplicate=on_duplicate)

    known.refresh_from_db()
    assert (known.company, known.phone, known.first_name) == (company, phone, "Nina")


def test_own_fields_are_filled_and_checked(cast: Cast) -> None:
    ContactField.objects.create(tenant=cast.tenant, key="seats", label="Seats", kind="number", created_at=clock.now())
    raw = table(["email", "seats"], ["a@example.com", "40"], ["b@example.com", "many"])

    one = done(raw, cast.owner)

    assert Contact.objects.get().custom == {"seats": "40"}
    assert row_of(one, 3).outcome == "refused"
    assert "Seats" in row_of(one, 3).words


def test_whoever_unsubscribed_stays_unsubscribed_and_the_trial_says_so(cast: Cast) -> None:
    now = clock.now()
    AddressStanding.objects.create(tenant=cast.tenant, address="p1@example.com", unsubscribed_at=now, changed_at=now)

    one = done(people(2), cast.owner)

    assert "Unsubscribed" in row_of(one, 2).words
    assert one.counts["barred"] == 1
    assert AddressStanding.objects.get().unsubscribed_at == now


def test_names_are_taken_from_one_column_or_from_the_address(cast: Cast) -> None:
    raw = b'email;name\nNina Berg <nina@example.com>;\nj@example.com;"Lund, Jo"\nv@example.com;Vincent van der Meer\n'

    done(raw, cast.owner)

    assert sorted(Contact.objects.values_list("address", "first_name", "last_name")) == [
        ("j@example.com", "Jo", "Lund"),
        ("nina@example.com", "Nina", "Berg"),
        ("v@example.com", "Vincent", "van der Meer"),
    ]


def test_formulas_and_markup_are_only_text(cast: Cast) -> None:
    raw = table(["email", "company"], ["a@example.com", "=HYPERLINK(1)"], ["b@example.com", "<script>{{x}}"])

    done(raw, cast.owner)

    assert set(Contact.objects.values_list("company", flat=True)) == {"=HYPERLINK(1)", "<script>{{x}}"}


def test_two_imports_of_the_same_people_make_each_of_them_once(cast: Cast) -> None:
    first, second = tried(people(5), cast.owner), tried(people(7), cast.owner)

    done(people(5), cast.owner)
    again = done(people(7), cast.owner)

    assert (first.counts["created"], second.counts["created"]) == (5, 7)
    assert (again.counts["created"], again.counts["same"]) == (2, 5)
    assert Contact.objects.count() == 7


def test_ten_thousand_rows_cost_statements_by_batch_and_not_by_row(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    one = tried(people(10_000), cast.owner)

    starting.run(one)
    # SQLite takes a thousand values in a statement, PostgreSQL many more.
    with django_assert_max_num_queries(2_000):
        finished = worked(one)

    assert finished.counts["created"] == 10_000
    assert Contact.objects.count() == 10_000


def test_an_import_whose_file_is_gone_says_so(cast: Cast) -> None:
    one = uploaded(people(2), cast.owner)
    blobs.delete(cast.tenant.pk, one.raw_sha256)

    from_gone = _tried_again(one)

    assert from_gone.state == State.FAILED
    assert "Upload it again" in from_gone.words


def test_the_other_account_sees_nothing_of_it(cast: Cast) -> None:
    one = done(people(2), cast.owner)

    with tenant_scope(cast.other_tenant.pk):
        assert not Contact.objects.exists()
        assert not ContactImport.objects.filter(pk=one.pk).exists()
        assert rows_of(one)


def _contact(cast: Cast, address: str, *, company: str = "", first_name: str = "") -> Contact:
    values = ContactValues(address, company=company, first_name=first_name)
    return save_contact(values, by=cast.owner, now=clock.now())


def _tried_again(one: ContactImport) -> ContactImport:
    starting.try_out(one, mapping=one.mapping, on_duplicate="fill", contact_list=None)
    return worked(one)
