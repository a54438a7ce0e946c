"""What hangs on messages goes with them: notes, drafts, what people are told of, what search knows, and snoozing."""

from datetime import timedelta

import pytest

from mailboxes import regrouping, searching
from mailboxes.models import Conversation, Draft, Mention, Message, Note, Notification, Presence, SearchEntry
from mailboxes.notes import writing
from mailboxes.queue import acting, presence
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive

NOW = clock.now()


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def _message(cast: Cast, subject: str, **fields: str) -> Message:
    return receive(cast.mailbox, make_raw(subject=subject, **fields))


def _draft(cast: Cast, message: Message) -> Draft:
    draft = Draft(
        tenant=cast.tenant,
        author=cast.member,
        mailbox=cast.mailbox,
        conversation_id=message.conversation_id,
        answers=message,
        kind=Draft.Kind.REPLY,
        created_at=NOW,
        changed_at=NOW,
    )
    draft.fields = {"body": "Dear Nina"}
    draft.save(force_insert=True)
    return draft


def _entry(cast: Cast, message: Message) -> SearchEntry:
    SearchEntry.objects.filter(pk=message.pk).delete()
    entry: SearchEntry = SearchEntry.objects.create(
        id=message.pk,
        tenant=cast.tenant,
        mailbox=cast.mailbox,
        conversation_id=message.conversation_id,
        kind=SearchEntry.Kind.RECEIVED,
        at=NOW,
    )
    return entry


def test_a_merge_takes_all_of_it_along(cast: Cast) -> None:
    message, into = _message(cast, "One"), conversation_of(_message(cast, "Two"))
    source = conversation_of(message)
    with tenant_scope(cast.tenant.pk):
        note = writing.write_note(source, f"@{cast.member.user.name} look", author=cast.owner, now=NOW).note
        draft, entry = _draft(cast, message), _entry(cast, message)
        presence.tell(source, cast.member, is_writing=True, now=NOW)

        regrouping.merge(source, into, cast.owner, now=NOW)

        for row in (note, draft, entry, Notification.objects.get(), SearchEntry.objects.get(pk=note.pk)):
            assert row.refreshed().conversation_id == into.pk
        assert Mention.objects.get().note_id == note.pk
        assert not Presence.objects.exists()


def test_what_is_split_off_takes_its_own_along_and_leaves_the_notes(cast: Cast) -> None:
    first = _message(cast, "One")
    second = _message(cast, "Re: One", in_reply_to=f"<{first.message_id}>")
    source = conversation_of(first)
    with tenant_scope(cast.tenant.pk):
        note = writing.write_note(source, "Look", author=cast.owner, now=NOW).note
        draft, entry, kept = _draft(cast, second), _entry(cast, second), _entry(cast, first)

        opened = regrouping.split(source, [second.pk], cast.owner, now=NOW)

        assert {draft.refreshed().conversation_id, entry.refreshed().conversation_id} == {opened.pk}
        assert {note.refreshed().conversation_id, kept.refreshed().conversation_id} == {source.pk}


def test_a_message_that_is_moved_takes_its_draft_along(cast: Cast) -> None:
    first = _message(cast, "One")
    second, other = _message(cast, "Re: One", in_reply_to=f"<{first.message_id}>"), _message(cast, "Two")
    with tenant_scope(cast.tenant.pk):
        draft = _draft(cast, second)

        regrouping.rematch(second, conversation_of(other), cast.owner, now=NOW)

        assert draft.refreshed().conversation_id == other.conversation_id


@pytest.mark.parametrize(
    ("other_status", "expected"), [("closed", "snoozed"), ("pending", "pending"), ("open", "open")]
)
def test_what_is_put_off_is_less_awake_than_what_waits_for_somebody(
    cast: Cast, other_status: str, expected: str
) -> None:
    source, into = conversation_of(_message(cast, "One")), conversation_of(_message(cast, "Two"))
    until = NOW + timedelta(days=1)
    with tenant_scope(cast.tenant.pk):
        acting.snooze([source], until, by=cast.member, now=NOW)
        acting.set_status([into], other_status, by=cast.member, now=NOW)

        regrouping.merge(source, into, cast.owner, now=NOW)

        row = into.refreshed()
        assert row.status == expected
        assert (row.snoozed_until, row.snoozed_by) == ((until, cast.member) if expected == "snoozed" else (None, None))


def test_of_two_that_are_put_off_the_sooner_time_counts(cast: Cast) -> None:
    source, into = conversation_of(_message(cast, "One")), conversation_of(_message(cast, "Two"))
    with tenant_scope(cast.tenant.pk):
        acting.snooze([source], NOW + timedelta(days=1), by=cast.member, now=NOW)
        acting.snooze([into], NOW + timedelta(days=2), by=cast.owner, now=NOW)

        regrouping.merge(source, into, cast.owner, now=NOW)

        row = into.refreshed()
        assert (row.snoozed_until, row.snoozed_by) == (NOW + timedelta(days=1), cast.member)


def test_search_finds_a_note_until_it_is_deleted(cast: Cast) -> None:
    conversation = conversation_of(_message(cast, "One"))
    with tenant_scope(cast.tenant.pk):
        note = writing.write_note(conversation, "Ask about the zeppelin", author=cast.owner, now=NOW).note

        def is_found() -> bool:
            rows = searching.narrow(Conversation.objects.all(), "zeppelin", membership=cast.owner, now=NOW)
            return bool(rows.exists())

        was_found = is_found()
        writing.delete_note(note, author=cast.owner)

        assert was_found
        assert not is_found()
        assert not Note.objects.exists()
