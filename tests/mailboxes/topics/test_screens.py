"""The screens of topics and filter sets (SPEC M22)."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mailboxes import segments
from mailboxes.models import Conversation, FilterRule, FilterSet, Mailbox, Topic
from mailboxes.topics import changing
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive


def address(name: str, *ids: object) -> str:
    return reverse(f"mailboxes:{name}", args=ids)


def make_topic(cast: Cast, name: str) -> Topic:
    return changing.add_topic(cast.tenant, name, now=clock.now())


def make_set(cast: Cast, name: str = "Support") -> FilterSet:
    return changing.add_set(cast.tenant, segments.first_segment(), name, now=clock.now())


def make_rule(filter_set: FilterSet, topic: Topic, *phrases: str) -> FilterRule:
    rule = FilterRule(tenant=filter_set.tenant, filter_set=filter_set, phrases=list(phrases), topic=topic)
    changing.add_rule(rule)
    return rule


def order(filter_set: FilterSet) -> list[str]:
    return [str(rule) for rule in FilterRule.objects.filter(filter_set=filter_set)]


def test_a_topic_is_added_and_renamed(owner: Client, cast: Cast) -> None:
    owner.post(address("topic-add"), {"name": " Invoices "})
    topic = Topic.objects.get()
    twice = owner.post(address("topic-add"), {"name": "Invoices"})
    owner.post(address("topic-change", topic.pk), {"name": "Bills"})

    assert (topic.name, topic.refreshed().name) == ("Invoices", "Bills")
    assert (twice.status_code, twice.context["form"].errors["name"]) == (
        422,
        ["Another topic of this account has this name."],
    )


def test_deleting_a_topic_says_what_uses_it_and_another_takes_its_place(owner: Client, cast: Cast) -> None:
    topic, heir = make_topic(cast, "Invoices"), make_topic(cast, "Money")
    rule = make_rule(make_set(cast), topic, "invoice")
    Mailbox.objects.filter(pk=cast.mailbox.pk).update(default_topic=topic)
    conversation = conversation_of(receive(cast.mailbox, make_raw()))
    page = owner.get(address("topic-delete", topic.pk)).content.decode()

    owner.post(address("topic-delete", topic.pk), {"heir": str(heir.pk)})

    for words in ("1 filter that gives it", "1 mailbox that has it as the default", "1 conversation about it"):
        assert words in page
    assert [rule.refreshed().topic, cast.mailbox.refreshed().default_topic, conversation.refreshed().topic] == [
        heir
    ] * 3
    assert list(Topic.objects.all()) == [heir]


def test_deleting_a_topic_without_an_heir_deletes_its_filters(owner: Client, cast: Cast) -> None:
    topic = make_topic(cast, "Invoices")
    make_rule(make_set(cast), topic, "invoice")
    conversation = conversation_of(receive(cast.mailbox, make_raw()))
    Conversation.objects.update(topic=topic)

    owner.post(address("topic-delete", topic.pk), {"heir": ""})

    assert not FilterRule.objects.exists()
    assert conversation.refreshed().topic is None


def test_a_filter_set_is_made_filled_and_renamed(owner: Client, cast: Cast) -> None:
    topic = make_topic(cast, "Invoices")
    segment = segments.first_segment()

    owner.post(address("filter-set-add"), {"name": "Support", "segment": str(segment.pk)})
    made = FilterSet.objects.get()
    content = {"phrases": " Invoice \n\ninvoice\nVAT id\n", "place": "subject", "topic": str(topic.pk)}
    owner.post(address("filter-rule-add", made.pk), content)
    owner.post(address("filter-set-change", made.pk), {"name": "Help"})

    rule = FilterRule.objects.get()
    assert (made.segment, made.refreshed().name) == (segment, "Help")
    assert (rule.phrases, rule.place, rule.topic) == (["invoice", "VAT id"], "subject", topic)


@pytest.mark.parametrize(
    "phrases", ["", " \n\u200b\n", "x" * 101, "\n".join(map(str, range(101)))], ids=["none", "blank", "long", "many"]
)
def test_phrases_that_cannot_be_meant_are_refused(owner: Client, cast: Cast, phrases: str) -> None:
    topic, filter_set = make_topic(cast, "Invoices"), make_set(cast)
    content = {"phrases": phrases, "place": "anywhere", "topic": str(topic.pk)}

    answer = owner.post(address("filter-rule-add", filter_set.pk), content)

    assert answer.status_code == 422
    assert "phrases" in answer.context["form"].errors


def test_filters_move_up_and_down(owner: Client, cast: Cast) -> None:
    filter_set, topic = make_set(cast), make_topic(cast, "Any")
    first, _second, third = (make_rule(filter_set, topic, name) for name in ("a", "b", "c"))

    owner.post(address("filter-rule-move", filter_set.pk, third.pk), {"to": "up"})
    up = order(filter_set)
    owner.post(address("filter-rule-move", filter_set.pk, first.pk), {"to": "down"})
    down = order(filter_set)
    answer = owner.post(address("filter-rule-move", filter_set.pk, third.pk), {"to": "up"})

    assert (up, down, order(filter_set)) == (["a", "c", "b"], ["c", "a", "b"], ["c", "a", "b"])
    assert answer["Location"].endswith(f"#rule-{third.pk}")


def test_a_filter_is_changed_and_deleted(owner: Client, cast: Cast) -> None:
    filter_set, topic = make_set(cast), make_topic(cast, "Any")
    rule = make_rule(filter_set, topic, "a")

    owner.post(
        address("filter-rule-change", filter_set.pk, rule.pk), {"phrases": "z", "place": "text", "topic": str(topic.pk)}
    )
    changed = rule.refreshed()
    owner.post(address("filter-rule-delete", filter_set.pk, rule.pk))

    assert (changed.phrases, changed.place, changed.position) == (["z"], "text", 1)
    assert not FilterRule.objects.exists()


def test_a_rule_of_another_set_is_not_found(owner: Client, cast: Cast) -> None:
    topic = make_topic(cast, "Any")
    rule = make_rule(make_set(cast), topic, "a")
    other = make_set(cast, "Other")

    for name in ("filter-rule-change", "filter-rule-move", "filter-rule-delete"):
        assert owner.post(address(name, other.pk, rule.pk)).status_code == 404
    assert FilterRule.objects.exists()


def test_a_text_is_tried(owner: Client, cast: Cast) -> None:
    filter_set, topic = make_set(cast), make_topic(cast, "Returns")
    make_rule(filter_set, topic, "invoice")
    make_rule(filter_set, topic, "refund")
    page = address("filter-set-try", filter_set.pk)

    fits = owner.post(page, {"text": "My REFUND, please"}).content.decode()
    other = owner.post(page, {"text": "Hello"}).content.decode()
    empty = owner.post(page, {"text": ""})

    assert "Filter 2 fits: “refund” stands in the text. The topic is <strong>Returns</strong>." in fits
    assert "No filter fits" in other
    assert empty.status_code == 422


def test_a_recent_message_is_tried(owner: Client, cast: Cast) -> None:
    filter_set = make_set(cast)
    make_rule(filter_set, make_topic(cast, "Sales"), "quote")
    message = receive(cast.mailbox, make_raw(subject="Quote for <b>"))

    answer = owner.post(address("filter-set-try", filter_set.pk), {"message": str(message.pk)}).content.decode()

    assert "Filter 1 fits “Quote for &lt;b&gt;”: “quote” stands in the subject." in answer


def test_messages_of_another_segment_and_account_cannot_be_tried(owner: Client, cast: Cast) -> None:
    with tenant_scope(cast.other_tenant.pk):
        foreign = receive(cast.other_mailbox, make_raw())
    filter_set = changing.add_set(
        cast.tenant, segments.add(cast.tenant, "Wholesale", now=clock.now()), "W", now=clock.now()
    )
    elsewhere = receive(cast.mailbox, make_raw())

    for message in (foreign, elsewhere):
        answer = owner.post(address("filter-set-try", filter_set.pk), {"message": str(message.pk)})
        assert answer.status_code == 422


def test_deleting_a_set_says_what_goes_and_conversations_keep_their_topics(owner: Client, cast: Cast) -> None:
    filter_set, topic = make_set(cast), make_topic(cast, "Sales")
    make_rule(filter_set, topic, "quote")
    Mailbox.objects.filter(pk=cast.mailbox.pk).update(filter_set=filter_set)
    conversation = conversation_of(receive(cast.mailbox, make_raw()))

    page = owner.get(address("filter-set-delete", filter_set.pk)).content.decode()
    owner.post(address("filter-set-delete", filter_set.pk))

    assert "Its 1 filter goes with it." in page
    assert cast.mailbox.name in page
    assert not FilterSet.objects.exists()
    assert cast.mailbox.refreshed().filter_set is None
    assert conversation.refreshed().topic == topic


def test_a_mailbox_picks_a_set_of_its_segment_and_a_default_topic(owner: Client, cast: Cast) -> None:
    filter_set, topic = make_set(cast), make_topic(cast, "General")
    page = address("mailbox-filters", cast.mailbox.pk)

    owner.post(page, {"filter_set": str(filter_set.pk), "default_topic": str(topic.pk)})

    chosen = cast.mailbox.refreshed()
    assert (chosen.filter_set, chosen.default_topic) == (filter_set, topic)


def test_a_set_of_another_segment_cannot_be_picked(owner: Client, cast: Cast) -> None:
    elsewhere = changing.add_set(
        cast.tenant, segments.add(cast.tenant, "Wholesale", now=clock.now()), "W", now=clock.now()
    )

    answer = owner.post(address("mailbox-filters", cast.mailbox.pk), {"filter_set": str(elsewhere.pk)})

    assert answer.status_code == 422
    assert cast.mailbox.refreshed().filter_set is None


def test_marketing_mailboxes_are_told_that_topics_are_not_for_them(owner: Client, cast: Cast) -> None:
    Mailbox.objects.filter(pk=cast.mailbox.pk).update(kind=Mailbox.Kind.MARKETING)

    assert "This is a marketing mailbox" in owner.get(address("mailbox-filters", cast.mailbox.pk)).content.decode()


def test_the_inbox_shows_topics_and_is_narrowed_to_one(member: Client, cast: Cast) -> None:
    topic = make_topic(cast, "Invoices")
    about = conversation_of(receive(cast.mailbox, make_raw(subject="About it")))
    receive(cast.mailbox, make_raw(subject="Something else"))
    Conversation.objects.filter(pk=about.pk).update(topic=topic)

    whole = member.get(address("inbox")).content.decode()
    narrowed = member.get(address("inbox"), {"topic": str(topic.pk)}).context
    head = member.get(address("conversation-detail", about.pk)).content.decode()

    assert '<span class="row-topic">Invoices</span>' in whole
    assert [str(row.conversation) for row in narrowed["page"].rows] == ["About it"]
    assert narrowed["filters"].query == f"?topic={topic.pk}"
    assert f"?topic={topic.pk}" in head


def test_a_topic_of_others_in_the_query_is_not_found(member: Client, cast: Cast) -> None:
    with tenant_scope(cast.other_tenant.pk):
        foreign = changing.add_topic(cast.other_tenant, "Secret", now=clock.now())

    assert member.get(address("inbox"), {"topic": str(foreign.pk)}).status_code == 404


@pytest.mark.parametrize("name", ["topic-change", "topic-delete", "filter-set-change", "filter-set-delete"])
def test_topics_and_sets_are_for_owners_and_administrators(
    member: Client, stranger: Client, cast: Cast, name: str
) -> None:
    row = make_topic(cast, "Invoices") if name.startswith("topic") else make_set(cast)

    assert member.get(address(name, row.pk)).status_code == 403
    assert stranger.get(address(name, row.pk)).status_code == 404
    assert stranger.post(address(name, row.pk), {"name": "Taken over"}).status_code == 404


def test_the_page_takes_as_many_queries_for_many_as_for_one(owner: Client, cast: Cast) -> None:
    filter_set = make_set(cast)
    pages = [address("topic-list"), address("filter-set-change", filter_set.pk)]
    owner.get(pages[0])
    counts: list[list[int]] = []
    for more in (1, 12):
        for number in range(more):
            make_rule(filter_set, make_topic(cast, f"Topic {more} {number}"), "a")
            make_set(cast, f"Set {more} {number}")
        counts.append([])
        for page in pages:
            with CaptureQueriesContext(connection) as queries:
                owner.get(page)
            counts[-1].append(len(queries))

    assert counts[0] == counts[1]
