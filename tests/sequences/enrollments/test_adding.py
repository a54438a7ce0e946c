"""Adding contacts to a sequence: whom, through which server, and what is said before."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mailboxes.models import Mailbox
from mailboxes.standing import changing
from mailboxes.standing.changing import Occasion
from mailhub import clock
from sequences.batches import choosing, claiming, starting, working
from sequences.models import Contact, ContactImport, ContactList, Enrollment, EnrollmentBatch, ImportRow, ListEntry
from sequences.models import Sequence as SequenceRow
from sequences.showing import adding
from servers.models import OutgoingServer
from tests.factories import Cast, make_outgoing, signed_in
from tests.sequences.factories import Mail, enroll, make_contact, make_marketing_mailbox, make_sequence

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]

Counting = Callable[..., Any]
_State = EnrollmentBatch.State


@pytest.fixture
def sequence(cast: Cast, mailbox: Mailbox) -> SequenceRow:
    return make_sequence(mailbox, author=cast.owner)


@pytest.fixture
def browser(cast: Cast) -> Client:
    return signed_in(cast.owner)


def make_list(cast: Cast, *contacts: Contact) -> ContactList:
    now = clock.now()
    made: ContactList = ContactList.objects.create(tenant=cast.tenant, name="Fair", created_at=now)
    ListEntry.objects.bulk_create(
        ListEntry(tenant=cast.tenant, list=made, contact=one, added_at=now) for one in contacts
    )
    return made


def add_page(sequence: SequenceRow) -> str:
    return reverse("sequences:enrollment-add", args=[sequence.pk])


def batch_page(batch: EnrollmentBatch, name: str) -> str:
    return reverse(f"sequences:enrollment-{name}", args=[batch.pk])


def choose(sequence: SequenceRow, cast: Cast, *contacts: Contact) -> EnrollmentBatch:
    choice = choosing.by_ids(one.pk for one in contacts)
    return starting.choose(sequence, choice, by=cast.owner, now=clock.now())


def test_a_list_goes_from_the_choice_over_the_server_and_the_preview_into_the_sequence(
    cast: Cast, mailbox: Mailbox, sequence: SequenceRow, browser: Client
) -> None:
    ada, bob, cy = (make_contact(cast.tenant) for _ in range(3))
    for_one = make_outgoing(mailbox, is_default=False, from_address="nina@acme.example")
    contact_list = make_list(cast, ada, bob)

    answer = browser.post(add_page(sequence), {"source": "list", "contact_list": str(contact_list.pk)})
    batch = EnrollmentBatch.objects.get()
    servers = {"server": str(sequence.server_id), f"via-{bob.pk}": str(for_one.pk), f"via-{cy.pk}": str(for_one.pk)}
    routed = browser.post(answer["Location"], servers)
    preview = browser.get(routed["Location"]).context["preview"]
    added = browser.post(routed["Location"])

    assert answer["Location"] == batch_page(batch, "servers")
    assert {one.server.pk: one.count for one in preview.through} == {sequence.server_id: 1, for_one.pk: 1}
    assert added["Location"] == reverse("sequences:enrollment-list", args=[sequence.pk])
    found = {one.contact_id: (one.server_id, one.server_choice) for one in Enrollment.objects.all()}
    assert found == {ada.pk: (sequence.server_id, "default"), bob.pk: (for_one.pk, "override")}
    assert batch.refreshed().state == _State.DONE


def test_the_server_that_was_chosen_stays_when_the_sequence_gets_another(
    cast: Cast, mailbox: Mailbox, sequence: SequenceRow
) -> None:
    batch = choose(sequence, cast, make_contact(cast.tenant))
    first = sequence.server_id
    starting.add(batch, by=cast.owner, now=clock.now)

    SequenceRow.objects.filter(pk=sequence.pk).update(server=make_outgoing(mailbox, is_default=False))

    assert Enrollment.objects.get().server_id == first


def test_whoever_goes_back_finds_the_choice_and_the_servers_of_single_contacts_as_they_were(
    cast: Cast, mailbox: Mailbox, sequence: SequenceRow, browser: Client
) -> None:
    ada, bob = make_contact(cast.tenant, first_name="Ada"), make_contact(cast.tenant, first_name="Bob")
    other = make_outgoing(mailbox, is_default=False)
    batch = choose(sequence, cast, ada, bob)
    browser.post(batch_page(batch, "servers"), {"server": str(sequence.server_id), f"via-{bob.pk}": str(other.pk)})

    first = browser.get(add_page(sequence), {"batch": str(batch.pk)}).context
    second = browser.get(batch_page(batch, "servers")).context
    browser.post(add_page(sequence), {"batch": str(batch.pk), "source": "named", "contact": [str(bob.pk)]})

    assert {one.pk for one in first["picked"]} == {ada.pk, bob.pk}
    assert [(one.pk, server) for one, server in second["overridden"]] == [(bob.pk, other.pk)]
    assert EnrollmentBatch.objects.get().overrides == {str(bob.pk): str(other.pk)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ada@one.example, nobody@one.example", ["nobody@one.example is no contact yet, and left out."]),
        ("Ada <ADA@one.example>;\n“ada@one.example”", []),
    ],
)
def test_pasted_addresses_find_contacts_and_name_those_that_are_none(
    cast: Cast, sequence: SequenceRow, browser: Client, text: str, found: list[str]
) -> None:
    ada = make_contact(cast.tenant, "ada@one.example")

    answer = browser.post(add_page(sequence), {"source": "pasted", "addresses": text}, follow=True)

    assert [str(one) for one in answer.context["messages"]] == found
    assert EnrollmentBatch.objects.get().choice["ids"] == [str(ada.pk)]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"source": "list"},
        {"source": "import", "contact_import": "x\x00"},
        {"source": "named", "contact": ["no id", str(uuid.uuid4())[:-1]]},
        {"source": "pasted", "addresses": "nobody at all \ud800"},
        {"source": "pasted", "addresses": "nobody@one.example"},
    ],
)
def test_a_choice_of_nobody_is_asked_for_again(sequence: SequenceRow, browser: Client, data: dict[str, Any]) -> None:
    data = {name: value.encode("utf-8", "replace") if isinstance(value, str) else value for name, value in data.items()}

    answer = browser.post(add_page(sequence), data)

    assert answer.status_code == 422
    assert not EnrollmentBatch.objects.exists()


def test_a_file_that_was_imported_brings_those_who_came_with_it(cast: Cast, sequence: SequenceRow) -> None:
    ada = make_contact(cast.tenant)
    make_contact(cast.tenant)
    imported = ContactImport.objects.create(
        tenant=cast.tenant,
        state=ContactImport.State.DONE,
        filename="fair.csv",
        raw_sha256="0" * 64,
        size=1,
        encoding="utf-8",
        created_at=clock.now(),
    )
    for number in (2, 3):
        ImportRow.objects.create(
            tenant=cast.tenant,
            contact_import=imported,
            number=number,
            is_trial=False,
            outcome=ImportRow.Outcome.CREATED,
            contact=ada,
        )

    found = choosing.contacts_of(choosing.by_import(imported))

    assert [one.pk for one in found] == [ada.pk]


@pytest.mark.parametrize(
    ("state", "has_step", "words"), [("archived", True, "is archived"), ("draft", False, "has no step yet")]
)
def test_a_sequence_that_is_archived_or_empty_refuses_with_words(
    cast: Cast, mailbox: Mailbox, browser: Client, state: str, has_step: bool, words: str
) -> None:
    sequence = make_sequence(mailbox, author=cast.owner, steps=[Mail()] if has_step else [], state=state)
    batch = choose(sequence, cast, make_contact(cast.tenant))

    page = browser.get(add_page(sequence))
    answer = browser.post(batch_page(batch, "preview"))

    assert words in page.content.decode()
    assert answer.status_code == 422
    assert not Enrollment.objects.exists()


def test_the_preview_counts_and_names_who_is_left_out_and_adding_does_the_same(
    cast: Cast, sequence: SequenceRow, browser: Client
) -> None:
    there, gone, wrong, fine = (make_contact(cast.tenant) for _ in range(4))
    enroll(sequence, there)
    changing.note_unsubscribe(gone.address, Occasion(cast.tenant.pk, clock.now()))
    changing.mark_incorrect(wrong.address, Occasion(cast.tenant.pk, clock.now(), "No such user"))
    batch = choose(sequence, cast, there, gone, wrong, fine)

    preview = browser.get(batch_page(batch, "preview")).context["preview"]
    file = b"".join(browser.get(batch_page(batch, "left-out")).streaming_content).decode()  # type: ignore[attr-defined]
    browser.post(batch_page(batch, "preview"))

    assert (preview.total, preview.added, preview.skipped) == (4, 1, 3)
    foreseen = {one.reason.value: one.count for one in preview.omissions}
    assert foreseen == {"already_in": 1, "unsubscribed": 1, "incorrect": 1}
    assert all(one.written_address in file for one in (there, gone, wrong))
    assert "No such user" in file
    assert batch.refreshed().counts == {"added": 1, **foreseen}


def test_the_preview_counts_who_lacks_a_field_that_a_text_shows_without_a_default(cast: Cast, mailbox: Mailbox) -> None:
    html = "<p>{{ company }} {{ job_title | default: 'you' }} {% if phone %}{{ phone }}{% endif %}</p>"
    sequence = make_sequence(mailbox, author=cast.owner, steps=[Mail(subject="Hello {{ first_name }}", html=html)])
    batch = choose(
        sequence,
        cast,
        make_contact(cast.tenant, first_name=""),
        make_contact(cast.tenant, first_name="", company="Acme"),
        make_contact(cast.tenant),
    )
    assert sequence.server is not None

    preview = adding.preview_of(batch, {sequence.server.pk: sequence.server}, now=clock.now())

    assert {one.name: one.count for one in preview.lacking} == {"first_name": 2, "company": 2}


def test_the_preview_says_when_first_mails_leave_and_how_many_a_day(cast: Cast, mailbox: Mailbox) -> None:
    sequence = make_sequence(mailbox, author=cast.owner, steps=[Mail(delay=1)], new_per_day=2)
    batch = choose(sequence, cast, *(make_contact(cast.tenant) for _ in range(5)))
    assert sequence.server is not None
    now = clock.now()

    start = adding.preview_of(batch, {sequence.server.pk: sequence.server}, now=now).start

    assert start is not None
    assert start.per_day == 2
    assert start.first_at - now == timedelta(days=1)
    assert timedelta(days=2, hours=23) <= start.last_at - now <= timedelta(days=3, hours=1)


def test_the_preview_costs_the_same_for_one_and_for_thirty(
    cast: Cast, sequence: SequenceRow, browser: Client, django_assert_max_num_queries: Counting
) -> None:
    one = choose(sequence, cast, make_contact(cast.tenant))
    thirty = choose(sequence, cast, *(make_contact(cast.tenant, first_name="") for _ in range(30)))
    browser.get(batch_page(one, "preview"))
    with django_assert_max_num_queries(45) as few:
        browser.get(batch_page(one, "preview"))

    with django_assert_max_num_queries(45) as many:
        browser.get(batch_page(thirty, "preview"))

    assert len(many) == len(few)


def test_a_server_of_others_or_one_that_cannot_send_is_no_choice(
    cast: Cast, sequence: SequenceRow, browser: Client
) -> None:
    batch = choose(sequence, cast, make_contact(cast.tenant))
    support, strange = make_outgoing(cast.mailbox), make_outgoing(cast.other_mailbox)

    answers = [browser.post(batch_page(batch, "servers"), {"server": str(one.pk)}) for one in (support, strange)]

    assert [one.status_code for one in answers] == [422, 422]
    assert batch.refreshed().server_id == sequence.server_id


def test_a_default_server_that_cannot_send_is_shown_with_the_reason(
    cast: Cast, sequence: SequenceRow, browser: Client
) -> None:
    batch = choose(sequence, cast, make_contact(cast.tenant))
    OutgoingServer.objects.filter(pk=sequence.server_id).update(is_active=False)

    page = browser.get(batch_page(batch, "servers")).content.decode()
    answer = browser.get(batch_page(batch, "preview"))

    assert "is switched off" in page
    assert answer["Location"] == batch_page(batch, "servers")


def test_many_are_added_in_the_background_batch_by_batch_and_once(
    cast: Cast, sequence: SequenceRow, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "MOST_ADDED_AT_ONCE", 2)
    monkeypatch.setattr(working, "BATCH", 2)
    monkeypatch.setattr(working, "RUN_SECONDS", -1.0)
    batch = choose(sequence, cast, *(make_contact(cast.tenant) for _ in range(5)))

    answer = browser.post(batch_page(batch, "preview"))
    begun = browser.get(answer["Location"]).content.decode()
    rounds = 0
    while working.work(batch.pk, now=clock.now):
        rounds += 1
    browser.post(batch_page(batch, "preview"))

    assert answer["Location"] == batch_page(batch, "batch")
    assert "0 of 5" in begun
    assert rounds == 3
    assert Enrollment.objects.count() == 5
    assert (batch.refreshed().state, batch.refreshed().counts) == (_State.DONE, {"added": 5})


def test_a_batch_whose_worker_died_is_found_again_and_goes_on_where_it_was(
    cast: Cast, sequence: SequenceRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "MOST_ADDED_AT_ONCE", 0)
    batch = choose(sequence, cast, *(make_contact(cast.tenant) for _ in range(3)))
    starting.add(batch, by=cast.owner, now=clock.now)
    dead = uuid.uuid4()
    assert claiming.claim(batch.pk, dead) is not None

    meanwhile = (claiming.waiting(), working.work(batch.pk, now=clock.now))
    EnrollmentBatch.objects.filter(pk=batch.pk).update(lease_until=clock.now() - timedelta(minutes=5))
    found = claiming.waiting()
    working.work(batch.pk, now=clock.now)

    assert meanwhile == (set(), False)
    assert found == {(cast.tenant.pk, batch.pk)}
    assert Enrollment.objects.count() == 3


def test_a_batch_of_somebody_who_may_not_use_the_sequence_any_more_ends_with_words(
    cast: Cast, sequence: SequenceRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "MOST_ADDED_AT_ONCE", 0)
    batch = choose(sequence, cast, make_contact(cast.tenant))
    # The member may not use the mailbox.
    starting.add(batch, by=cast.member, now=clock.now)

    working.work(batch.pk, now=clock.now)

    assert batch.refreshed().state == _State.FAILED
    assert "may not see the sequence" in batch.refreshed().words
    assert not Enrollment.objects.exists()


def test_contacts_are_handed_over_from_the_list_of_contacts(cast: Cast, sequence: SequenceRow, browser: Client) -> None:
    ada = make_contact(cast.tenant, "ada@one.example")
    make_contact(cast.tenant, "bob@two.example")
    bulk = reverse("sequences:contact-bulk")

    asked = browser.post(f"{bulk}?q=one.example", {"deed": "enroll", "everything": "1"})
    answer = browser.post(f"{bulk}?q=one.example", {"deed": "enroll", "everything": "1", "sequence": str(sequence.pk)})

    batch = EnrollmentBatch.objects.get()
    assert sequence.name in asked.content.decode()
    assert answer["Location"] == batch_page(batch, "servers")
    assert [one.pk for one in choosing.contacts_of(batch.choice)] == [ada.pk]


def test_nobody_is_handed_over_to_a_sequence_that_one_may_not_see(cast: Cast) -> None:
    hidden = make_marketing_mailbox(cast.tenant, "Board")
    sequence, contact = make_sequence(hidden, author=cast.owner), make_contact(cast.tenant)
    member = signed_in(cast.member)

    answer = member.post(
        reverse("sequences:contact-bulk"),
        {"deed": "enroll", "contact": str(contact.pk), "sequence": str(sequence.pk)},
    )

    assert sequence.name not in answer.content.decode()
    assert not EnrollmentBatch.objects.exists()
