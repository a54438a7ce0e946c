"""People put conversations right: what moves, what both halves then say, and who takes part (SPEC I2)."""

import pytest

from mailboxes import regrouping
from mailboxes.models import Conversation, ConversationEvent, ConversationTag, Message, OutgoingMessage, Tag
from mailboxes.regrouping import RegroupingRefused
from mailboxes.subjects import subject_key
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast
from tests.mailboxes.matching import CUSTOMER, receive, send

pytestmark = pytest.mark.django_db

OTHER = "otto@elsewhere.example"
NOW = clock.now()


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def _conversation(message: Message | OutgoingMessage) -> Conversation:
    return Conversation.objects.get(pk=message.conversation_id)


def _people(conversation: Conversation) -> set[str]:
    return set(conversation.participants.values_list("address", flat=True))


def _kinds(conversation: Conversation) -> list[str]:
    return [one.kind for one in conversation.events.all()]


def test_merging_moves_everything_and_leaves_the_way_to_it(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)
        into = _conversation(sent)
        merged = _conversation(receive(cast.mailbox, OTHER, Subject="Another thing"))
        tag = Tag.objects.create(tenant=cast.tenant, name="urgent")
        ConversationTag.objects.create(tenant=cast.tenant, conversation=merged, tag=tag)

        result = regrouping.merge(merged, into, cast.owner, now=NOW)

        assert result.pk == into.pk
        into, merged = into.refreshed(), merged.refreshed()
        assert merged.merged_into_id == into.pk
        assert (merged.message_count, merged.last_received_at) == (0, None)
        assert (into.message_count, into.status, into.subject) == (2, Conversation.Status.OPEN, "Your quote")
        assert into.correspondent_address == CUSTOMER
        assert into.last_received_at == Message.objects.get().stored_at
        assert into.snippet.startswith("Thanks.")
        assert _people(into) == {CUSTOMER, OTHER}
        assert not _people(merged)
        assert [one.tag for one in into.conversation_tags.all()] == [tag]
        event = into.events.get(kind=ConversationEvent.Kind.MERGED)
        assert event.membership == cast.owner
        assert event.words == "“Another thing” merged into this conversation: 1 message"


def test_chains_of_merges_lead_to_the_last(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        first, second, third = (
            _conversation(receive(cast.mailbox, OTHER, Subject=f"Thing {number}")) for number in range(3)
        )

        regrouping.merge(first, second, cast.owner, now=NOW)
        regrouping.merge(second.refreshed(), third, cast.owner, now=NOW)

        assert regrouping.surviving(first.refreshed()).pk == third.pk
        assert third.refreshed().message_count == 3


def test_who_had_read_both_has_read_the_whole_and_nobody_else(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        one = _conversation(receive(cast.mailbox, CUSTOMER, Subject="Thing one"))
        other = _conversation(receive(cast.mailbox, OTHER, Subject="Thing two"))
        one.mark_read(cast.owner)
        other.mark_read(cast.owner)
        one.mark_read(cast.member)

        regrouping.merge(other, one, cast.owner, now=NOW)

        assert not Conversation.objects.unread_for(cast.owner).exists()
        assert [row.pk for row in Conversation.objects.unread_for(cast.member)] == [one.pk]


def test_what_was_linked_to_a_merged_conversation_is_linked_to_the_whole(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)
        stranger = _conversation(receive(cast.mailbox, OTHER, In_Reply_To=f"<{sent.message_id}>"))
        into = _conversation(receive(cast.mailbox, CUSTOMER, Subject="Another thing"))

        regrouping.merge(_conversation(sent), into, cast.owner, now=NOW)
        assert stranger.refreshed().related_to_id == into.pk

        regrouping.merge(stranger.refreshed(), into.refreshed(), cast.owner, now=NOW)
        assert into.refreshed().related_to_id is None


def test_a_mail_that_answers_a_merged_conversation_comes_into_the_surviving_one(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)
        into = _conversation(receive(cast.mailbox, CUSTOMER, Subject="Another thing"))
        regrouping.merge(_conversation(sent), into, cast.owner, now=NOW)

        reply = receive(cast.mailbox, CUSTOMER, In_Reply_To=f"<{sent.message_id}>")

        assert (reply.conversation_id, reply.answers_id) == (into.pk, sent.pk)
        assert into.refreshed().message_count == 3


def test_splitting_opens_a_linked_conversation_with_its_own_people(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)
        receive(cast.mailbox, CUSTOMER, In_Reply_To=f"<{sent.message_id}>", Cc="dora@customers.example")
        moved = receive(
            cast.mailbox, "dora@customers.example", In_Reply_To=f"<{sent.message_id}>", Subject="And an invoice"
        )
        source = _conversation(sent)
        source.mark_read(cast.member)

        opened = regrouping.split(source, [moved.pk], cast.member, now=NOW)

        source, opened = source.refreshed(), opened.refreshed()
        assert (opened.subject, opened.subject_key) == ("And an invoice", subject_key("And an invoice"))
        assert opened.correspondent_address == "dora@customers.example"
        assert (opened.message_count, source.message_count) == (1, 2)
        assert opened.related_to_id == source.pk
        assert opened.last_received_at == moved.stored_at
        assert _people(opened) == {"dora@customers.example"}
        assert _people(source) == {CUSTOMER, "dora@customers.example"}
        assert not Conversation.objects.unread_for(cast.member).exists()
        assert _kinds(source) == _kinds(opened) == [ConversationEvent.Kind.SPLIT]


def test_who_was_split_away_does_not_join_the_rest_by_quoting_it(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)
        stranger = receive(cast.mailbox, OTHER, Subject="Another thing")
        source = regrouping.merge(_conversation(stranger), _conversation(sent), cast.owner, now=NOW)
        regrouping.split(source, [stranger.pk], cast.owner, now=NOW)

        again = receive(cast.mailbox, OTHER, In_Reply_To=f"<{sent.message_id}>")

        assert again.conversation_id != source.pk


def test_splitting_undoes_a_merge(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)
        other = receive(cast.mailbox, OTHER, Subject="Another thing")
        merged = regrouping.merge(_conversation(sent), _conversation(other), cast.owner, now=NOW)

        opened = regrouping.split(merged, [sent.pk], cast.owner, now=NOW)

        opened, merged = opened.refreshed(), merged.refreshed()
        assert (opened.subject, opened.correspondent_address) == ("Your quote", CUSTOMER)
        assert opened.last_received_at is None
        assert (merged.subject, merged.correspondent_address) == ("Another thing", OTHER)
        assert (_people(opened), _people(merged)) == ({CUSTOMER}, {OTHER})


def test_splitting_needs_some_messages_and_leaves_some(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)
        reply = receive(cast.mailbox, CUSTOMER, In_Reply_To=f"<{sent.message_id}>")
        elsewhere = receive(cast.mailbox, OTHER, Subject="Another thing")
        source = _conversation(sent)

        for chosen, words in (
            ([], "at least one"),
            ([sent.pk, reply.pk], "keeps at least one"),
            ([elsewhere.pk], "not in this conversation"),
        ):
            with pytest.raises(RegroupingRefused, match=words):
                regrouping.split(source, chosen, cast.owner, now=NOW)

        assert Conversation.objects.count() == 2


def test_a_person_moves_a_message_and_is_the_evidence(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)
        reply = receive(cast.mailbox, CUSTOMER, In_Reply_To=f"<{sent.message_id}>")
        other = _conversation(receive(cast.mailbox, OTHER, Subject="Another thing"))
        Conversation.objects.filter(pk=other.pk).update(status=Conversation.Status.CLOSED)

        place = regrouping.rematch(reply, other, cast.member, now=NOW)

        reply, place, source = reply.refreshed(), place.refreshed(), _conversation(sent)
        assert (reply.conversation_id, reply.evidence, reply.match_score) == (other.pk, Message.Evidence.PERSON, 100)
        assert (reply.answers_id, reply.evidence_identifier) == (None, "")
        assert reply.trace[-1]["step"] == "rematch"
        assert str(cast.member.user) in reply.trace[-1]["did"]
        assert (place.status, place.message_count) == (Conversation.Status.OPEN, 2)
        assert (source.message_count, source.last_received_at) == (1, None)
        assert _people(place) == {CUSTOMER, OTHER}
        assert _kinds(place) == _kinds(source) == [ConversationEvent.Kind.REMATCHED]


def test_a_message_that_belongs_nowhere_gets_a_conversation(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)
        reply = receive(cast.mailbox, CUSTOMER, In_Reply_To=f"<{sent.message_id}>")

        place = regrouping.rematch(reply, None, cast.member, now=NOW)

        assert reply.refreshed().conversation_id == place.pk
        assert place.refreshed().related_to_id == sent.conversation_id
        with pytest.raises(RegroupingRefused, match="of its own already"):
            regrouping.rematch(reply.refreshed(), None, cast.member, now=NOW)


def test_joining_the_quoted_conversation_leaves_the_way_to_it(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)
        stranger = receive(cast.mailbox, OTHER, In_Reply_To=f"<{sent.message_id}>")
        alone = _conversation(stranger)

        regrouping.join(alone, _conversation(sent), cast.member, now=NOW)

        assert alone.refreshed().merged_into_id == sent.conversation_id
        assert stranger.refreshed().evidence == Message.Evidence.PERSON
        assert _people(_conversation(sent)) == {CUSTOMER, OTHER}


def test_conversations_of_different_mailboxes_stay_apart(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        one = receive(cast.mailbox, CUSTOMER, Subject="Thing one")
        other = receive(cast.hidden_mailbox, CUSTOMER, Subject="Thing two")

        with pytest.raises(RegroupingRefused, match="different mailboxes"):
            regrouping.merge(_conversation(one), _conversation(other), cast.owner, now=NOW)
        with pytest.raises(RegroupingRefused, match="different mailboxes"):
            regrouping.rematch(one, _conversation(other), cast.owner, now=NOW)


def test_what_a_person_may_not_use_is_not_there(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        one, other = (
            _conversation(receive(cast.hidden_mailbox, CUSTOMER, Subject=f"Thing {number}")) for number in range(2)
        )

        with pytest.raises(RegroupingRefused, match="not there"):
            regrouping.merge(one, other, cast.member, now=NOW)


def test_merging_twice_or_with_itself_is_refused_in_words(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        one, other = (_conversation(receive(cast.mailbox, CUSTOMER, Subject=f"Thing {number}")) for number in range(2))
        regrouping.merge(one, other, cast.owner, now=NOW)

        with pytest.raises(RegroupingRefused, match="Somebody merged"):
            regrouping.merge(one, other, cast.owner, now=NOW)
        with pytest.raises(RegroupingRefused, match="one conversation already"):
            regrouping.merge(other, other, cast.owner, now=NOW)
