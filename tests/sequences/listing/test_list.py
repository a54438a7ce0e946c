"""The list of sequences, as people of different reach see it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mailboxes.models import Mailbox, MailboxAccess
from mailhub import clock
from sequences.listing.filters import PAGE_SIZE, SequenceFilters
from sequences.listing.rows import page_of
from sequences.listing.standing import Part, standings_of
from sequences.models import Enrollment, Sequence, StepSend
from tests.factories import Cast, make_outgoing, signed_in
from tests.sequences.factories import enroll, make_contact, make_marketing_mailbox, make_sequence

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]

_State = Sequence.State
LIST = "/sequences/"


def test_a_row_says_where_contacts_stand_what_was_sent_and_when_the_next_mail_leaves(
    cast: Cast, mailbox: Mailbox
) -> None:
    now = clock.now()
    sequence = make_sequence(mailbox, author=cast.owner, name="Autumn tasting")
    due = now + timedelta(hours=3)
    enroll(sequence, make_contact(cast.tenant), due_at=due)
    replied = enroll(
        sequence,
        make_contact(cast.tenant),
        state=Enrollment.State.STOPPED,
        cause=Enrollment.Cause.REPLIED,
        due_at=None,
    )
    _sent(replied, sent_at=now, replied_at=now)
    _sent(enroll(sequence, make_contact(cast.tenant), state=Enrollment.State.FINISHED, due_at=None), sent_at=now)

    (row,) = page_of(SequenceFilters(), cast.owner, now=now).rows

    assert row.standing.counts == {Part.ACTIVE: 1, Part.REPLIED: 1, Part.FINISHED: 1}
    assert row.standing.words == "1 on their way, 1 replied, 1 got all mails"
    assert (row.sent.mails, row.sent.reached, row.sent.replied) == (2, 2, 1)
    assert row.sent.reply_percent == 50
    assert row.next_at == due


def test_what_pauses_has_no_next_mail(cast: Cast, mailbox: Mailbox) -> None:
    sequence = make_sequence(mailbox, author=cast.owner, state=_State.PAUSED)
    enroll(sequence, make_contact(cast.tenant))

    (row,) = page_of(SequenceFilters(), cast.owner, now=clock.now()).rows

    assert row.next_at is None


def test_one_bounce_among_thousands_is_still_seen_in_the_bar(cast: Cast, mailbox: Mailbox) -> None:
    sequence = make_sequence(mailbox, author=cast.owner)
    standing = standings_of([sequence.pk], cast.owner)[sequence.pk]
    standing.counts.update({Part.FINISHED: 9_999, Part.BOUNCED: 1})

    stretches = standing.stretches

    assert [one.part for one in stretches] == [Part.FINISHED, Part.BOUNCED]
    assert stretches[1].width > 5
    assert sum(one.width for one in stretches) == pytest.approx(1000, abs=0.5)


def test_the_page_shows_why_a_sequence_paused_by_itself(cast: Cast, mailbox: Mailbox) -> None:
    make_sequence(
        mailbox, author=cast.owner, state=_State.PAUSED, paused_because="3 of the last 25 mails bounced, look first."
    )

    page = signed_in(cast.owner).get(LIST)

    assert "3 of the last 25 mails bounced" in page.text
    assert "Paused by itself" in page.text


def test_tabs_count_by_state_and_the_archive_stands_apart(cast: Cast, mailbox: Mailbox) -> None:
    for number, state in enumerate([_State.ACTIVE, _State.ACTIVE, _State.PAUSED, _State.DRAFT, _State.ARCHIVED]):
        make_sequence(mailbox, author=cast.owner, state=state, name=f"Series {number}")
    client = signed_in(cast.owner)

    page = client.get(LIST)
    archive = client.get(LIST, {"state": "archived"})

    assert [(one.label, one.count) for one in page.context["tabs"]] == [
        ("All", 4),
        ("Active", 2),
        ("Paused", 1),
        ("Drafts", 1),
        ("Archived", 1),
    ]
    assert "Series 4" not in page.text
    assert "Series 4" in archive.text


def test_a_search_finds_every_word_and_answers_htmx_with_rows_alone(cast: Cast, mailbox: Mailbox) -> None:
    make_sequence(mailbox, author=cast.owner, name="Autumn tasting")
    make_sequence(mailbox, author=cast.owner, name="Spring tasting")

    page = signed_in(cast.owner).get(LIST, {"q": "TASTING autumn"}, headers={"HX-Request": "true"})

    assert "Autumn tasting" in page.text
    assert "Spring tasting" not in page.text
    assert "<html" not in page.text


def test_pages_follow_one_another_and_leave_nothing_out(cast: Cast, mailbox: Mailbox) -> None:
    made = {make_sequence(mailbox, author=cast.owner).pk for _ in range(PAGE_SIZE + 3)}

    first = page_of(SequenceFilters(), cast.owner, now=clock.now())
    second = page_of(SequenceFilters(after=first.next_after), cast.owner, now=clock.now())

    assert len(first.rows) == PAGE_SIZE
    assert second.next_after is None
    assert {one.sequence.pk for one in (*first.rows, *second.rows)} == made


def test_who_may_not_use_the_mailbox_sees_neither_sequence_nor_count(cast: Cast, mailbox: Mailbox) -> None:
    make_sequence(mailbox, author=cast.owner, name="Autumn tasting")

    page = signed_in(cast.member).get(LIST)

    assert "Autumn tasting" not in page.text
    assert [one.count for one in page.context["tabs"]] == [0] * 5


def test_who_sees_a_sequence_counts_nobody_who_goes_through_a_mailbox_of_others(cast: Cast, mailbox: Mailbox) -> None:
    hidden = make_marketing_mailbox(cast.tenant, "Board of sales")
    MailboxAccess.objects.create(tenant=cast.tenant, mailbox=mailbox, membership=cast.member)
    sequence = make_sequence(mailbox, author=cast.owner)
    now = clock.now()
    _sent(enroll(sequence, make_contact(cast.tenant)), server=sequence.server, sent_at=now)
    elsewhere = enroll(sequence, make_contact(cast.tenant), server_id=make_outgoing(hidden).pk)
    _sent(elsewhere, server=elsewhere.server, sent_at=now, replied_at=now)

    (mine,) = page_of(SequenceFilters(), cast.member, now=now).rows
    (all_of_it,) = page_of(SequenceFilters(), cast.owner, now=now).rows

    assert (mine.standing.total, mine.sent.mails, mine.sent.replied) == (1, 1, 0)
    assert (all_of_it.standing.total, all_of_it.sent.mails, all_of_it.sent.replied) == (2, 2, 1)


def test_the_number_of_queries_does_not_follow_the_number_of_sequences(cast: Cast, mailbox: Mailbox) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page = page_of(SequenceFilters(), cast.owner, now=clock.now())
        assert page.rows
        return len(captured)

    enroll(make_sequence(mailbox, author=cast.owner), make_contact(cast.tenant))
    one = queries()
    for _ in range(5):
        enroll(make_sequence(make_marketing_mailbox(cast.tenant), author=cast.owner), make_contact(cast.tenant))

    assert queries() == one <= 8


def test_without_a_marketing_mailbox_the_page_leads_to_one(cast: Cast) -> None:
    Mailbox.objects.update(kind=Mailbox.Kind.SERVICE)

    page = signed_in(cast.owner).get(LIST)

    assert "No marketing mailbox yet" in page.text
    assert reverse("mailboxes:mailbox-add") in page.text


@pytest.mark.parametrize("query", [{"state": "nonsense"}, {"after": "nonsense"}])
def test_what_no_link_leads_to_is_not_found(cast: Cast, query: dict[str, str]) -> None:
    assert signed_in(cast.owner).get(LIST, query).status_code == 404


def _sent(enrollment: Enrollment, **fields: object) -> None:
    StepSend.objects.create(
        tenant_id=enrollment.tenant_id,
        enrollment=enrollment,
        sequence=enrollment.sequence,
        contact=enrollment.contact,
        step=enrollment.step,
        submitted_at=clock.now(),
        **fields,
    )
