"""The list of the contacts in a sequence, as people use it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mailboxes.models import Mailbox
from mailhub import clock
from sequences.batches import starting
from sequences.models import Enrollment, EnrollmentBatch, Sequence
from sequences.showing import listing
from tests.factories import Cast, make_outgoing, signed_in
from tests.sequences.factories import Mail, enroll, make_contact, make_marketing_mailbox, make_sequence

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]

Counting = Callable[..., Any]
_State = Enrollment.State
_Cause = Enrollment.Cause


@pytest.fixture
def sequence(cast: Cast, mailbox: Mailbox) -> Sequence:
    return make_sequence(mailbox, author=cast.owner, steps=[Mail(), Mail(subject="", delay=3)])


@pytest.fixture
def browser(cast: Cast) -> Client:
    return signed_in(cast.owner)


def page_of(sequence: Sequence, name: str = "list") -> str:
    return reverse(f"sequences:enrollment-{name}", args=[sequence.pk])


def test_a_row_says_what_comes_next_when_and_why_not_earlier(cast: Cast, sequence: Sequence, browser: Client) -> None:
    contact = make_contact(cast.tenant, "ada@customer.example")
    due_at = clock.now() + timedelta(days=2)
    enroll(sequence, contact, due_at=due_at, due_because="2 days after adding")

    page = browser.get(page_of(sequence)).content.decode()

    assert "because 2 days after adding" in " ".join(page.replace('<span class="enrollment-because">', "").split())
    assert "1 of 2" in page
    assert "default" in page
    assert due_at.isoformat() in page


@pytest.mark.parametrize(
    ("state", "words"), [("draft", "the sequence has not started"), ("paused", "the sequence is paused")]
)
def test_a_row_says_that_the_sequence_itself_does_not_send(
    cast: Cast, sequence: Sequence, browser: Client, state: str, words: str
) -> None:
    Sequence.objects.filter(pk=sequence.pk).update(state=state)
    enroll(sequence, make_contact(cast.tenant))

    page = browser.get(page_of(sequence)).content.decode()

    assert words in page


def test_each_state_and_cause_is_counted_in_one_group_and_found_by_it(
    cast: Cast, sequence: Sequence, browser: Client
) -> None:
    ends = [(_State.PAUSED, one) for one in _Cause if one not in _ENDINGS]
    ends += [(_State.STOPPED, one) for one in _Cause]
    ends += [(_State.ACTIVE, _Cause.NONE), (_State.FINISHED, _Cause.NONE)]
    for state, cause in ends:
        enroll(sequence, make_contact(cast.tenant), state=state, cause=cause)

    counts = listing.counts_of(sequence, cast.owner)

    assert counts.total == len(ends)
    for group, number in counts.by_group.items():
        rows = browser.get(page_of(sequence), {"state": group.value}).context["page"].rows
        assert len(rows) == number
        assert all(listing.group_of(one.enrollment.state, one.enrollment.cause) == group for one in rows)


_ENDINGS = {_Cause.REPLIED, _Cause.COMPANY_REPLIED, _Cause.BOUNCED, _Cause.COMPLAINED, _Cause.UNSUBSCRIBED}


def test_the_list_is_narrowed_by_server_and_by_name_and_address(
    cast: Cast, mailbox: Mailbox, sequence: Sequence, browser: Client
) -> None:
    other = make_outgoing(mailbox, is_default=False, from_address="nina@acme.example")
    ada = enroll(sequence, make_contact(cast.tenant, "ada@one.example", first_name="Ada", last_name="Palmer"))
    bob = enroll(sequence, make_contact(cast.tenant, "bob@two.example", first_name="Bob"), server_id=other.pk)
    gone = enroll(sequence, make_contact(cast.tenant, "cy@two.example", first_name="Cy"), server_id=None)

    def found(**query: str) -> set[object]:
        return {one.enrollment.pk for one in browser.get(page_of(sequence), query).context["page"].rows}

    assert found(server=str(other.pk)) == {bob.pk}
    assert found(server="none") == {gone.pk}
    assert found(q="palm ada") == {ada.pk}
    assert found(q="two.example") == {bob.pk, gone.pk}


def test_pages_follow_one_another_and_leave_nobody_out_of_those_added_at_one_moment(
    cast: Cast, sequence: Sequence, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE_SIZE", 2)
    now = clock.now()
    moments = [now, now, now, now - timedelta(days=1), now - timedelta(days=2)]
    made = {enroll(sequence, make_contact(cast.tenant), added_at=one).pk for one in moments}

    seen: list[object] = []
    has_next, query = True, ""
    while has_next:
        context = browser.get(f"{page_of(sequence)}{query}").context
        seen += [one.enrollment.pk for one in context["page"].rows]
        has_next, query = context["has_next"], context["next_query"]

    assert len(seen) == 5
    assert set(seen) == made


def test_the_list_costs_the_same_for_one_and_for_thirty(
    cast: Cast, mailbox: Mailbox, sequence: Sequence, browser: Client, django_assert_max_num_queries: Counting
) -> None:
    enroll(sequence, make_contact(cast.tenant), state=_State.PAUSED, cause=_Cause.UNCERTAIN)
    # The first page of a browser notes the browser.
    browser.get(page_of(sequence))
    with django_assert_max_num_queries(25) as few:
        browser.get(page_of(sequence))
    for number in range(29):
        server_id = make_outgoing(mailbox, is_default=False).pk if number % 10 == 0 else sequence.server_id
        enroll(sequence, make_contact(cast.tenant), server_id=server_id)

    with django_assert_max_num_queries(25) as many:
        browser.get(page_of(sequence))

    assert len(many) == len(few)


def test_who_may_not_use_a_mailbox_sees_neither_the_sequence_nor_contacts_through_its_servers(
    cast: Cast, mailbox: Mailbox, sequence: Sequence
) -> None:
    enrollment = enroll(sequence, make_contact(cast.tenant))
    member, pages = signed_in(cast.member), [page_of(sequence)]
    pages.append(reverse("sequences:enrollment-detail", args=[enrollment.pk]))

    hidden = [member.get(one).status_code for one in pages]
    Mailbox.objects.filter(pk=mailbox.pk).update(is_open=True)
    shown = [member.get(one).status_code for one in pages]

    assert (hidden, shown) == ([404, 404], [200, 200])


def test_a_contact_through_a_hidden_mailbox_is_in_no_list_count_or_file_of_others(
    cast: Cast, mailbox: Mailbox, sequence: Sequence
) -> None:
    Mailbox.objects.filter(pk=mailbox.pk).update(is_open=True)
    hidden = make_outgoing(make_marketing_mailbox(cast.tenant, "Board"))
    enroll(sequence, make_contact(cast.tenant, "seen@one.example"))
    enroll(sequence, make_contact(cast.tenant, "hidden@one.example"), server_id=hidden.pk)
    member = signed_in(cast.member)

    page = member.get(page_of(sequence))
    file = b"".join(member.get(page_of(sequence, "export")).streaming_content).decode()  # type: ignore[attr-defined]

    assert page.context["counts"].total == 1
    assert "hidden@one.example" not in page.content.decode() + file
    assert "seen@one.example" in file


@pytest.mark.parametrize(
    ("deed", "before", "after"),
    [
        ("stop", _State.ACTIVE, _State.STOPPED),
        ("pause", _State.ACTIVE, _State.PAUSED),
        ("resume", _State.PAUSED, _State.ACTIVE),
    ],
)
def test_a_deed_concerns_the_selected_contacts_only(
    cast: Cast, sequence: Sequence, browser: Client, deed: str, before: str, after: str
) -> None:
    chosen, other = (enroll(sequence, make_contact(cast.tenant), state=before) for _ in range(2))

    browser.post(page_of(sequence, "bulk"), {"deed": deed, "contact": [str(chosen.contact_id)], "confirmed": "1"})

    assert chosen.refreshed().state == after
    assert other.refreshed().state == before


def test_a_deed_with_all_that_the_filters_show_leaves_the_others_alone(
    cast: Cast, sequence: Sequence, browser: Client
) -> None:
    for number in range(3):
        enroll(sequence, make_contact(cast.tenant, f"ada{number}@one.example"))
    other = enroll(sequence, make_contact(cast.tenant, "ada@two.example"))

    browser.post(f"{page_of(sequence, 'bulk')}?q=one.example", {"deed": "stop", "everything": "1", "confirmed": "1"})

    assert Enrollment.objects.filter(state=_State.STOPPED, cause=_Cause.PERSON).count() == 3
    assert other.refreshed().state == _State.ACTIVE


def test_stopping_for_good_is_asked_about_first(cast: Cast, sequence: Sequence, browser: Client) -> None:
    running = enroll(sequence, make_contact(cast.tenant, first_name="Ada", last_name="Palmer"))
    enroll(sequence, make_contact(cast.tenant), state=_State.FINISHED)

    page = browser.post(page_of(sequence, "bulk"), {"deed": "stop", "everything": "1"}).content.decode()

    assert "Stop 1 contact for good?" in page
    assert "Ada Palmer" in page
    assert running.refreshed().state == _State.ACTIVE


def test_a_deed_with_many_is_done_in_the_background_and_says_so(
    cast: Cast, sequence: Sequence, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "MOST_CHANGED_AT_ONCE", 2)
    rows = [enroll(sequence, make_contact(cast.tenant)) for _ in range(3)]

    answer = browser.post(page_of(sequence, "bulk"), {"deed": "stop", "everything": "1", "confirmed": "1"})

    batch = EnrollmentBatch.objects.get()
    assert answer["Location"] == reverse("sequences:enrollment-batch", args=[batch.pk])
    assert (batch.state, batch.total) == (EnrollmentBatch.State.RUNNING, 3)
    assert all(one.refreshed().state == _State.ACTIVE for one in rows)
    assert "0 of 3" in browser.get(answer["Location"]).content.decode()
    assert "Contacts are being stopped" in browser.get(page_of(sequence)).content.decode()


def test_a_file_has_no_cell_that_a_table_takes_for_a_formula(cast: Cast, sequence: Sequence, browser: Client) -> None:
    enroll(sequence, make_contact(cast.tenant, first_name="=1+1"))

    file = b"".join(browser.get(page_of(sequence, "export")).streaming_content).decode()  # type: ignore[attr-defined]

    assert '"\'=1+1"' in file
