"""The pages of contacts, as people use them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mailboxes.standing import changing
from mailboxes.standing.changing import Occasion
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from sequences.contacts import listing
from sequences.models import Contact, ContactField, ContactList, ListEntry
from tests.factories import Cast, signed_in
from tests.mailboxes.mail.factories import make_raw, receive
from tests.sequences.factories import enroll, make_contact, make_marketing_mailbox, make_sequence

pytestmark = pytest.mark.django_db

LIST = reverse("sequences:contact-list")
Counting = Callable[..., Any]


@pytest.fixture
def browser(cast: Cast) -> Client:
    return signed_in(cast.member)


def page_of(contact: Contact, name: str = "detail") -> str:
    return reverse(f"sequences:contact-{name}", args=[contact.pk])


def make_list(cast: Cast, name: str = "Fair", *contacts: Contact) -> ContactList:
    now = clock.now()
    with tenant_scope(cast.tenant.pk):
        made: ContactList = ContactList.objects.create(tenant=cast.tenant, name=name, created_at=now)
        for one in contacts:
            ListEntry.objects.create(tenant=cast.tenant, list=made, contact=one, added_at=now)
    return made


def test_an_account_without_contacts_is_led_on(browser: Client) -> None:
    page = browser.get(LIST).content.decode()

    assert "No contacts yet" in page
    assert "contact-rows" not in page


def test_the_list_costs_the_same_for_three_and_for_fifty(
    cast: Cast, browser: Client, django_assert_max_num_queries: Counting
) -> None:
    contacts = [make_contact(cast.tenant, f"ada{n:02d}@customer.example") for n in range(3)]
    make_list(cast, "Fair", *contacts)
    # The first page of a browser notes the browser.
    browser.get(LIST)
    with django_assert_max_num_queries(20) as few:
        browser.get(LIST)
    more = [make_contact(cast.tenant, f"bob{n:02d}@customer{n}.example") for n in range(47)]
    make_list(cast, "Visitors", *more)

    with django_assert_max_num_queries(20) as many:
        browser.get(LIST)

    assert len(many) == len(few)


@pytest.mark.parametrize("order", list(listing.Order))
def test_pages_follow_one_another_and_leave_nobody_out(
    cast: Cast, browser: Client, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    monkeypatch.setattr(listing, "PAGE_SIZE", 2)
    names = [("Bo", "Same"), ("Al", "Same"), ("Cy", "other"), ("", ""), ("Al", "Same")]
    made = {
        make_contact(cast.tenant, f"ada{n}@customer.example", first_name=first, last_name=last, company=last).pk
        for n, (first, last) in enumerate(names)
    }

    seen, query = [], f"?order={order}"
    while query:
        context = browser.get(f"{LIST}{query}").context
        seen += [row.contact.pk for row in context["page"].rows]
        query = context["next_query"]

    assert len(seen) == 5
    assert set(seen) == made


def test_the_list_begins_anew_where_its_place_is_gone(cast: Cast, browser: Client) -> None:
    contact, gone = make_contact(cast.tenant), make_contact(cast.tenant)
    with tenant_scope(cast.tenant.pk):
        Contact.objects.filter(pk=gone.pk).delete()

    rows = browser.get(f"{LIST}?after={gone.pk}").context["page"].rows

    assert [row.contact for row in rows] == [contact]


def test_what_is_typed_finds_parts_of_names_addresses_and_companies(cast: Cast, browser: Client) -> None:
    nina = make_contact(cast.tenant, "nina@customer.example", first_name="Nina", last_name="Berg", company="Nordlicht")
    make_contact(cast.tenant, "otto@elsewhere.example", first_name="Otto", last_name="Berg")

    answer = browser.get(LIST, {"q": "BER licht"}, headers={"HX-Request": "true"})

    assert [row.contact for row in answer.context["page"].rows] == [nina]
    assert "<html" not in answer.content.decode()


def test_the_list_is_narrowed_by_list_company_and_validity(cast: Cast, browser: Client) -> None:
    nina = make_contact(cast.tenant, "nina@customer.example", company="Nordlicht")
    make_contact(cast.tenant, "otto@elsewhere.example")
    fair = make_list(cast, "Fair", nina)
    with tenant_scope(cast.tenant.pk):
        changing.mark_incorrect(nina.address, Occasion(cast.tenant.pk, clock.now(), "550 5.1.1 no such user"))

    for query in (f"list={fair.pk}", "company=nordlicht", "validity=incorrect"):
        answer = browser.get(f"{LIST}?{query}")
        assert [row.contact for row in answer.context["page"].rows] == [nina], query
    assert "550 5.1.1 no such user" in answer.content.decode()


def test_a_contact_is_added_by_hand(cast: Cast, browser: Client) -> None:
    answer = browser.post(reverse("sequences:contact-add"), {"address": "nina@customer.example", "first_name": "Nina"})

    with tenant_scope(cast.tenant.pk):
        contact = Contact.objects.get()
    assert answer["Location"] == page_of(contact)
    assert contact.created_by == cast.member


def test_a_value_that_is_refused_stands_at_its_field(cast: Cast, browser: Client) -> None:
    with tenant_scope(cast.tenant.pk):
        ContactField.objects.create(
            tenant=cast.tenant, key="seats", label="Seats", kind="number", created_at=clock.now()
        )

    answer = browser.post(reverse("sequences:contact-add"), {"address": "nina@customer.example", "own-seats": "many"})

    assert answer.status_code == 422
    assert "is no number" in str(answer.context["form"].errors["own-seats"])


def test_an_address_that_is_taken_leads_to_who_has_it(cast: Cast, browser: Client) -> None:
    contact = make_contact(cast.tenant, "nina@customer.example")

    answer = browser.post(reverse("sequences:contact-add"), {"address": "NINA@customer.example"})

    assert answer.status_code == 422
    assert page_of(contact) in answer.content.decode()


def test_who_writes_over_somebody_elses_change_is_told(cast: Cast, browser: Client) -> None:
    contact = make_contact(cast.tenant, "nina@customer.example")
    shown = browser.get(page_of(contact, "change")).context["form"]["seen"].value()
    signed_in(cast.owner).post(page_of(contact, "change"), {"address": contact.address, "company": "Nordlicht"})

    answer = browser.post(page_of(contact, "change"), {"address": contact.address, "phone": "1", "seen": shown})

    assert answer.status_code == 422
    assert f"{cast.owner.user} changed this contact" in answer.content.decode()
    again = answer.context["form"]["seen"].value()
    saved = browser.post(page_of(contact, "change"), {"address": contact.address, "phone": "1", "seen": again})
    assert saved.status_code == 302


def test_the_page_shows_what_one_may_see_and_no_more(cast: Cast, browser: Client) -> None:
    contact = make_contact(cast.tenant, "nina@customer.example")
    receive(cast.mailbox, make_raw(from_="nina@customer.example", subject="Seen by everybody"))
    hidden = receive(cast.hidden_mailbox, make_raw(from_="nina@customer.example", subject="For directors"))
    secret = make_marketing_mailbox(cast.tenant, "Board")
    enroll(make_sequence(secret, author=cast.owner, name="Board letters"), contact)
    with tenant_scope(cast.tenant.pk):
        changing.note_unsubscribe(
            contact.address, Occasion(cast.tenant.pk, clock.now(), "Stop it, directors", message=hidden)
        )

    of_member = browser.get(page_of(contact)).content.decode()
    of_owner = signed_in(cast.owner).get(page_of(contact)).content.decode()

    for words in ("For directors", "Board letters", "Stop it, directors"):
        assert words not in of_member
        assert words in of_owner
    assert "Seen by everybody" in of_member
    assert "Unsubscribed" in of_member


def test_a_contact_goes_on_lists_and_off_them(cast: Cast, browser: Client) -> None:
    contact = make_contact(cast.tenant)

    browser.post(page_of(contact, "lists"), {"new_list": "Fair"})
    with tenant_scope(cast.tenant.pk):
        fair = ContactList.objects.get()
        assert fair.entries.get().contact == contact
    browser.post(page_of(contact, "lists"), {"off": str(fair.pk)})

    with tenant_scope(cast.tenant.pk):
        assert not fair.entries.exists()


def test_several_are_added_to_a_list_and_taken_off_it(cast: Cast, browser: Client) -> None:
    chosen = [make_contact(cast.tenant) for _number in range(3)]
    fair, bulk = make_list(cast, "Fair", chosen[0]), reverse("sequences:contact-bulk")
    ids = [str(one.pk) for one in chosen]

    browser.post(bulk, {"contact": ids, "list": str(fair.pk)})
    with tenant_scope(cast.tenant.pk):
        assert fair.entries.count() == 3
    browser.post(f"{bulk}?list={fair.pk}", {"contact": ids[:2], "deed": "remove"})

    with tenant_scope(cast.tenant.pk):
        assert fair.entries.get().contact == chosen[2]


def test_all_that_a_filter_shows_are_added_at_once(cast: Cast, browser: Client) -> None:
    for number in range(3):
        make_contact(cast.tenant, f"ada{number}@customer.example", company="Nordlicht")
    make_contact(cast.tenant, company="Elsewhere")

    browser.post(f"{reverse('sequences:contact-bulk')}?company=Nordlicht", {"everything": "1", "new_list": "Nordlicht"})

    with tenant_scope(cast.tenant.pk):
        assert ContactList.objects.get(name="Nordlicht").entries.count() == 3


def test_several_are_deleted_after_asking(cast: Cast, browser: Client) -> None:
    chosen = [make_contact(cast.tenant) for _number in range(2)]
    bulk, form = reverse("sequences:contact-bulk"), {"contact": [str(one.pk) for one in chosen], "deed": "delete"}

    asked = browser.post(bulk, form)
    with tenant_scope(cast.tenant.pk):
        assert Contact.objects.count() == 2
    browser.post(bulk, {**form, "confirmed": "1"})

    assert "Delete 2 contacts?" in asked.content.decode()
    with tenant_scope(cast.tenant.pk):
        assert not Contact.objects.exists()


def test_who_is_written_to_from_a_hidden_mailbox_is_deleted_by_others_only(cast: Cast, browser: Client) -> None:
    contact = make_contact(cast.tenant)
    enroll(make_sequence(make_marketing_mailbox(cast.tenant), author=cast.owner), contact)

    refused = browser.post(page_of(contact, "delete"))
    allowed = signed_in(cast.owner).post(page_of(contact, "delete"))

    assert refused.status_code == 422
    assert allowed.status_code == 302


def test_a_contact_of_another_account_is_not_there(cast: Cast, browser: Client) -> None:
    foreign = make_contact(cast.other_tenant)

    for name in ("detail", "change", "delete", "merge"):
        assert browser.get(page_of(foreign, name)).status_code == 404


@pytest.mark.parametrize("query", ["list=garbage", "after=%00", "validity=garbage", "order=-tenant", "list={id}"])
def test_what_the_address_cannot_mean_is_not_found(cast: Cast, browser: Client, query: str) -> None:
    foreign = make_contact(cast.other_tenant)

    assert browser.get(f"{LIST}?{query.format(id=foreign.pk)}").status_code == 404


def test_own_fields_are_added_ordered_and_deleted(cast: Cast) -> None:
    owner = signed_in(cast.owner)
    for label in ("Renewal date", "Seats"):
        owner.post(reverse("sequences:field-add"), {"label": label, "key": "", "kind": "text"})
    with tenant_scope(cast.tenant.pk):
        seats = ContactField.objects.get(key="seats")
    contact = make_contact(cast.tenant, custom={"seats": "40", "renewal_date": "soon"})

    owner.post(reverse("sequences:field-move", args=[seats.pk]))
    with tenant_scope(cast.tenant.pk):
        assert [one.key for one in ContactField.objects.all()] == ["seats", "renewal_date"]
    asked = owner.get(reverse("sequences:field-delete", args=[seats.pk])).content.decode()
    owner.post(reverse("sequences:field-delete", args=[seats.pk]))

    assert "1 contact has a value in it" in asked
    with tenant_scope(cast.tenant.pk):
        assert contact.refreshed().custom == {"renewal_date": "soon"}


@pytest.mark.parametrize("key", ["first_name", "Seats", "1st", "if", "a b", "é"])
def test_a_name_that_templates_cannot_say_is_refused(cast: Cast, key: str) -> None:
    answer = signed_in(cast.owner).post(
        reverse("sequences:field-add"), {"label": "Seats", "key": key, "kind": "number"}
    )

    assert answer.status_code == 422
    assert "key" in answer.context["form"].errors


def test_fields_are_an_administrators(browser: Client) -> None:
    assert browser.get(reverse("sequences:field-list")).status_code == 403


def test_lists_are_named_renamed_and_deleted_without_their_contacts(cast: Cast, browser: Client) -> None:
    contact = make_contact(cast.tenant)
    fair = make_list(cast, "Fair", contact)
    browser.post(reverse("sequences:list-change", args=[fair.pk]), {"name": "Spring fair"})
    taken = browser.post(reverse("sequences:list-add"), {"name": "Spring fair"})

    browser.post(reverse("sequences:list-delete", args=[fair.pk]))

    assert taken.status_code == 422
    with tenant_scope(cast.tenant.pk):
        assert not ContactList.objects.exists()
        assert Contact.objects.get() == contact
