"""Contacts are added and changed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from sequences.contacts.finding import contacts_by_address
from sequences.contacts.keeping import ContactRefused, ContactValues, save_contact, values_kept
from sequences.models import Contact, ContactChange, ContactField, OtherAddress
from tests.factories import Cast
from tests.sequences.factories import make_contact

pytestmark = pytest.mark.django_db


def make_field(cast: Cast, key: str, kind: str = "text") -> ContactField:
    with tenant_scope(cast.tenant.pk):
        return ContactField.objects.create(
            tenant=cast.tenant, key=key, label=key.title(), kind=kind, created_at=clock.now()
        )


def saved(cast: Cast, contact: Contact | None = None, **values: Any) -> Contact:
    given = ContactValues(**{"address": "nina@customer.example", **values})
    with tenant_scope(cast.tenant.pk):
        return save_contact(given, contact=contact, by=cast.member, now=clock.now())


def refused(cast: Cast, contact: Contact | None = None, **values: Any) -> ContactRefused:
    with pytest.raises(ContactRefused) as caught:
        saved(cast, contact, **values)
    return caught.value


def test_a_contact_is_found_by_any_writing_of_its_address(cast: Cast) -> None:
    contact = saved(cast, address="Nina.Berg@Customer.Example", first_name="  Nina ", company="Käse\n& Co")

    with tenant_scope(cast.tenant.pk):
        found = contacts_by_address(["NINA.BERG@customer.example", "other@customer.example"])
    assert found == {"NINA.BERG@customer.example": contact}
    assert contact.written_address == "Nina.Berg@customer.example"
    assert (contact.domain, contact.first_name, contact.company) == ("customer.example", "Nina", "Käse & Co")


def test_contacts_are_found_by_a_further_address_in_two_queries(
    cast: Cast, django_assert_num_queries: Callable[..., Any]
) -> None:
    contact = saved(cast)
    with tenant_scope(cast.tenant.pk):
        OtherAddress.objects.create(tenant=cast.tenant, contact=contact, address="old@customer.example")

        with django_assert_num_queries(2):
            found = contacts_by_address(["old@customer.example", *(f"a{n}@x.example" for n in range(50))])

    assert found == {"old@customer.example": contact}


@pytest.mark.parametrize(
    "address", ["", "nina", "nina@", "nina@host", "a@x.example, b@x.example", "nina@customer.example\nbcc: x@y.example"]
)
def test_what_is_no_address_is_refused(cast: Cast, address: str) -> None:
    assert refused(cast, address=address).field == "address"


def test_an_address_belongs_to_one_contact(cast: Cast) -> None:
    contact = saved(cast, first_name="Nina")

    again = refused(cast, address="NINA@customer.example")

    assert again.existing == contact
    assert "is a contact already (Nina)" in again.words


def test_a_further_address_of_somebody_is_taken_too(cast: Cast) -> None:
    contact = saved(cast)
    with tenant_scope(cast.tenant.pk):
        OtherAddress.objects.create(tenant=cast.tenant, contact=contact, address="old@customer.example")

    assert refused(cast, address="old@customer.example").existing == contact


def test_who_turns_to_a_further_address_keeps_the_old_one(cast: Cast) -> None:
    contact = saved(cast)
    with tenant_scope(cast.tenant.pk):
        OtherAddress.objects.create(tenant=cast.tenant, contact=contact, address="old@customer.example")

    changed = saved(cast, contact, address="old@customer.example")

    with tenant_scope(cast.tenant.pk):
        assert changed.address == "old@customer.example"
        assert contacts_by_address(["nina@customer.example"])["nina@customer.example"] == contact


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"first_name": "N" * 121}, "first_name"),
        ({"company": "a\x00b"}, "company"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"custom": {"unknown": "1"}}, "unknown"),
        ({"custom": {"seats": "many"}}, "seats"),
        ({"custom": {"renewal": "03/04/2026"}}, "renewal"),
        ({"custom": {"note": "n" * 501}}, "note"),
    ],
)
def test_a_value_that_cannot_be_kept_is_refused_by_its_name(cast: Cast, values: dict[str, Any], field: str) -> None:
    make_field(cast, "seats", "number")
    make_field(cast, "renewal", "date")
    make_field(cast, "note")

    refusal = refused(cast, **values)

    assert refusal.field == field
    assert refusal.words
    with tenant_scope(cast.tenant.pk):
        assert not Contact.objects.exists()


def test_own_fields_are_kept_in_one_form(cast: Cast) -> None:
    make_field(cast, "seats", "number")
    make_field(cast, "renewal", "date")

    contact = saved(cast, time_zone="europe/berlin", custom={"seats": "1.234,50", "renewal": "31.5.2026"})

    assert contact.custom == {"seats": "1234.5", "renewal": "2026-05-31"}
    assert contact.time_zone == "Europe/Berlin"


def test_what_is_not_named_stays_and_what_is_empty_goes(cast: Cast) -> None:
    make_field(cast, "seats", "number")
    make_field(cast, "note")
    contact = saved(cast, custom={"seats": "40", "note": "calls back"})

    changed = saved(cast, contact, custom={"note": ""})

    assert changed.custom == {"seats": "40"}


def test_each_change_is_written_down(cast: Cast) -> None:
    contact = saved(cast, first_name="Nina", company="Customer Ltd")

    saved(cast, contact, first_name="Nina", company="Other Ltd", phone="+44 1")

    with tenant_scope(cast.tenant.pk):
        newest, first = contact.changes.all()
    assert (first.kind, newest.kind) == (ContactChange.Kind.CREATED, ContactChange.Kind.CHANGED)
    assert newest.words == "Company: “Customer Ltd” → “Other Ltd”; Phone: “+44 1”"
    assert newest.membership == cast.member


def test_saving_what_is_there_already_changes_nothing(cast: Cast) -> None:
    contact = saved(cast, first_name="Nina")

    with tenant_scope(cast.tenant.pk):
        save_contact(values_kept(contact), contact=contact, by=cast.owner, now=clock.now())

        assert contact.changes.count() == 1
        assert contact.refreshed().changed_at == contact.changed_at


def test_an_import_says_which_file_it_was(cast: Cast) -> None:
    contact = make_contact(cast.tenant, "nina@customer.example")

    with tenant_scope(cast.tenant.pk):
        values = replace(values_kept(contact), company="Customer Ltd")
        save_contact(values, contact=contact, by=None, now=clock.now(), imported_from="fair.csv")

        newest = contact.changes.all()[0]
    assert (newest.kind, newest.words) == (ContactChange.Kind.IMPORTED, "fair.csv: Company: “Customer Ltd”")


def test_an_address_of_another_account_is_free(cast: Cast) -> None:
    make_contact(cast.other_tenant, "nina@customer.example")

    assert saved(cast).tenant == cast.tenant
