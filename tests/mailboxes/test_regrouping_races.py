"""Several people and a worker at the same conversations: nothing is lost, and every way leads to the messages."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.db import DatabaseError, connection

from mailboxes import receiving, regrouping
from mailboxes.models import Conversation, Message, OutgoingMessage
from mailboxes.receiving.received import Next, Received
from mailboxes.regrouping import RegroupingRefused
from mailhub import clock
from mailhub.tenancy import blobs
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast
from tests.mailboxes.matching import CUSTOMER, receive, send

pytestmark = pytest.mark.django_db(transaction=True)

OTHER = "otto@elsewhere.example"
# What the handler below does while a mail is being decided.
_in_between: list[Callable[[], object]] = []


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def interrupt(_received: Received) -> Next:
    """A step of the pipeline in whose moment something else happens."""
    if _in_between:
        _in_between.pop()()
    return Next.CONTINUE


def at_once(cast: Cast, works: Sequence[Callable[[], object]]) -> list[Exception]:
    """Do all of it in threads that begin together; return what was raised."""
    start, errors = threading.Barrier(len(works)), list[Exception]()

    def run(work: Callable[[], object]) -> None:
        try:
            start.wait(timeout=10)
            with tenant_scope(cast.tenant.pk):
                work()
        except (RegroupingRefused, DatabaseError) as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def _conversation(message: Message | OutgoingMessage) -> Conversation:
    return Conversation.objects.get(pk=message.conversation_id)


def _wait(cast: Cast, sent: OutgoingMessage, number: int) -> None:
    """Store an answer that the pipeline has not taken up."""
    raw = f"From: {CUSTOMER}\r\nSubject: Re: Your quote\r\nIn-Reply-To: <{sent.message_id}>\r\n\r\nAnswer {number}"
    Message.objects.create(
        tenant=cast.tenant,
        mailbox=cast.mailbox,
        raw_sha256=blobs.put(cast.tenant.pk, raw.encode()),
        size=len(raw),
        stored_at=clock.now(),
        received_at=clock.now(),
    )


def test_a_mail_that_joins_in_the_moment_of_a_merge_is_decided_anew(cast: Cast, settings: Any) -> None:
    steps = (*site_settings.PIPELINES["received"], f"{__name__}.interrupt")
    settings.PIPELINES = {**site_settings.PIPELINES, "received": steps}
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)
        into = _conversation(receive(cast.mailbox, OTHER, Subject="Another thing"))
        merged = _conversation(sent)
        _in_between.append(lambda: regrouping.merge(merged, into, cast.owner, now=clock.now()))

        reply = receive(cast.mailbox, CUSTOMER, In_Reply_To=f"<{sent.message_id}>")

        assert not _in_between
        assert (reply.conversation_id, reply.answers_id, reply.attempt_count) == (into.pk, sent.pk, 0)
        assert into.refreshed().message_count == 3
        assert merged.refreshed().message_count == 0


def test_who_takes_part_is_no_stranger_in_the_moment_of_a_merge(cast: Cast) -> None:
    """The merge comes between the look at what is answered and the look at who takes part there."""
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)
        into = _conversation(receive(cast.mailbox, OTHER, Subject="Another thing"))
        works: list[Callable[[], object]] = [
            lambda: regrouping.merge(_conversation(sent), into, cast.owner, now=clock.now())
        ]

        def merge_before(execute: Any, sql: str, *rest: Any) -> Any:
            if works and 'FROM "mailboxes_participant"' in sql:
                works.pop()()
            return execute(sql, *rest)

        with connection.execute_wrapper(merge_before):
            reply = receive(cast.mailbox, CUSTOMER, In_Reply_To=f"<{sent.message_id}>")

        assert not works
        assert (reply.conversation_id, reply.answers_id) == (into.pk, sent.pk)
        assert Conversation.objects.unmerged().get().message_count == 3


def test_of_two_who_merge_both_ways_one_is_refused(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        one, other = (_conversation(receive(cast.mailbox, OTHER, Subject=f"Thing {number}")) for number in range(2))

    errors = at_once(
        cast,
        [
            lambda: regrouping.merge(one, other, cast.owner, now=clock.now()),
            lambda: regrouping.merge(other, one, cast.member, now=clock.now()),
        ],
    )

    assert [type(error) for error in errors] == [RegroupingRefused]
    with tenant_scope(cast.tenant.pk):
        standing = Conversation.objects.unmerged().get()
        assert standing.message_count == standing.messages.count() == 2
        assert {regrouping.surviving(row.refreshed()).pk for row in (one, other)} == {standing.pk}


def test_two_who_split_the_same_message_off_open_one_conversation(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)
        reply = receive(cast.mailbox, CUSTOMER, In_Reply_To=f"<{sent.message_id}>")
        source = _conversation(sent)

    errors = at_once(cast, [lambda: regrouping.split(source, [reply.pk], cast.owner, now=clock.now())] * 2)

    assert [type(error) for error in errors] == [RegroupingRefused]
    with tenant_scope(cast.tenant.pk):
        assert sorted(Conversation.objects.values_list("message_count", flat=True)) == [1, 1]


def test_merging_linked_conversations_from_both_ends_blocks_nobody(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)
        linked = [_conversation(receive(cast.mailbox, OTHER, In_Reply_To=f"<{sent.message_id}>")) for _ in range(4)]
        into = _conversation(receive(cast.mailbox, CUSTOMER, Subject="Another thing"))
        works = [
            lambda one=one: regrouping.merge(one, into, cast.owner, now=clock.now())
            for one in (linked[0], _conversation(sent), linked[3])
        ]

    errors = at_once(cast, works)

    assert errors == []
    with tenant_scope(cast.tenant.pk):
        assert into.refreshed().message_count == 4
        assert {one.refreshed().related_to_id for one in linked[1:3]} == {into.pk}


def test_mail_that_comes_in_while_people_merge_and_answer_is_all_there(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)
        chain = [_conversation(receive(cast.mailbox, OTHER, Subject=f"Thing {number}")) for number in range(3)]
        for number in range(12):
            _wait(cast, sent, number)
        first = _conversation(sent)

    def merge_on() -> None:
        here = first
        for into in chain:
            regrouping.merge(here.refreshed(), into, cast.owner, now=clock.now())
            here = into

    errors = at_once(
        cast,
        [merge_on, lambda: receiving.receive_waiting(cast.mailbox.pk, now=clock.now)],
    )

    assert errors == []
    with tenant_scope(cast.tenant.pk):
        receiving.receive_waiting(cast.mailbox.pk, now=clock.now)
        last = chain[-1].refreshed()
        assert regrouping.surviving(first.refreshed()).pk == last.pk
        assert last.message_count == last.messages.count() + last.outgoing_messages.count() == 16
        assert not Message.objects.exclude(conversation=last).exists()
