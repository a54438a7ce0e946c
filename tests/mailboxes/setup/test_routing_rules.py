"""The routing rules of a mailbox on their pages (SPEC M25)."""

import re
from collections.abc import Iterator

import pytest
from pytest_django import DjangoAssertNumQueries

from mailboxes.models import Conversation, Mailbox, OutgoingMessage, RoutingRule, Tag
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast, make_outgoing, signed_in
from tests.mailboxes.automatic.post import letter, receive
from tests.mailboxes.routing.rules import NOON, action, condition, make_rule


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def mailbox(cast: Cast) -> Iterator[Mailbox]:
    make_outgoing(cast.mailbox)
    with tenant_scope(cast.tenant.pk):
        yield cast.mailbox


def _url(mailbox: Mailbox, rest: str = "") -> str:
    return f"/mailboxes/{mailbox.pk}/rules/{rest}"


def _posted(cast: Cast) -> dict[str, str]:
    return {
        "name": "Refunds",
        "needs_every_condition": "yes",
        "condition-0-field": "subject",
        "condition-0-test": "any_word",
        "condition-0-value": "refund, money back",
        "condition-1-field": "hours",
        "condition-1-test": "outside",
        "condition-1-days": "0",
        "condition-1-begins": "08:00",
        "condition-1-ends": "17:00",
        "condition-1-zone": "europe/berlin",
        "action-0-deed": "assign",
        "action-0-value": str(cast.member.pk),
        "action-1-deed": "tag",
        "action-1-value": "money",
    }


def test_a_rule_is_made_switched_off_and_is_shown_in_words(cast: Cast, mailbox: Mailbox) -> None:
    browser = signed_in(cast.owner)

    answer = browser.post(_url(mailbox, "add/"), _posted(cast))

    assert answer.status_code == 302
    rule = RoutingRule.objects.get()
    assert not rule.is_active
    assert rule.conditions[1]["value"] == "0 08:00 17:00 Europe/Berlin"
    assert rule.actions[1]["value"] == str(Tag.objects.get(name="money").pk)
    page = browser.get(_url(mailbox)).content.decode()
    assert "Subject has any of these words “refund, money back”" in page
    assert f"Assign to {cast.member.user}" in page
    assert "Add the tag “money”" in page


def test_the_form_of_a_rule_shows_what_is_stored_and_saves_it_again_as_it_was(cast: Cast, mailbox: Mailbox) -> None:
    browser = signed_in(cast.owner)
    browser.post(_url(mailbox, "add/"), _posted(cast))
    rule = RoutingRule.objects.get()
    page = browser.get(_url(mailbox, f"{rule.pk}/")).content.decode()

    assert 'value="refund, money back"' in page
    assert 'value="money"' in page
    browser.post(_url(mailbox, f"{rule.pk}/"), {**_posted(cast), "name": "Money"})

    changed = RoutingRule.objects.get()
    assert changed.name == "Money"
    assert (changed.conditions, changed.actions) == (rule.conditions, rule.actions)


def test_rows_are_added_and_taken_away_without_a_script_and_nothing_is_saved(cast: Cast, mailbox: Mailbox) -> None:
    browser = signed_in(cast.owner)

    added = browser.post(_url(mailbox, "add/"), {**_posted(cast), "new_condition": "header", "add_condition": "1"})
    removed = browser.post(_url(mailbox, "add/"), {**_posted(cast), "remove_condition": "0"})
    acted = browser.post(_url(mailbox, "add/"), {"new_action": "status", "add_action": "1"})

    assert added.status_code == 200
    assert 'name="condition-2-name"' in added.content.decode()
    assert 'value="refund, money back"' in added.content.decode()
    assert "condition-0-field" not in removed.content.decode()
    assert "condition-1-field" in removed.content.decode()
    assert re.search(r'<select name="action-0-value"', acted.content.decode())
    assert not RoutingRule.objects.exists()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"name": ""}, "required"),
        ({"condition-0-value": ""}, "required"),
        ({"condition-0-test": "matches"}, "valid choice"),
        ({"condition-1-zone": "Moon/Base"}, "Choose a time zone"),
        ({"action-0-value": "00000000-0000-0000-0000-000000000001"}, "valid choice"),
        ({"condition-0-field": "nonsense", "condition-1-field": "nonsense"}, "Add a condition"),
        ({"action-0-deed": "nonsense", "action-1-deed": "nonsense"}, "Add an action"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_and_nothing_is_saved(
    cast: Cast, mailbox: Mailbox, changed: dict[str, str], words: str
) -> None:
    answer = signed_in(cast.owner).post(_url(mailbox, "add/"), {**_posted(cast), **changed})

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not RoutingRule.objects.exists()


def test_people_who_may_not_use_the_mailbox_and_foreign_rows_cannot_be_named(cast: Cast, mailbox: Mailbox) -> None:
    browser = signed_in(cast.owner)

    for person in (cast.member.pk, cast.stranger.pk):
        posted = {**_posted(cast), "action-0-value": str(person)}
        assert browser.post(_url(cast.hidden_mailbox, "add/"), posted).status_code == 422


def test_rules_are_ordered_switched_and_deleted(cast: Cast, mailbox: Mailbox) -> None:
    browser = signed_in(cast.owner)
    first, second, third = (make_rule(mailbox, action("priority", 1), name=name) for name in ("A", "B", "C"))

    browser.post(_url(mailbox, f"{third.pk}/move/"), {"to": "up"})
    browser.post(_url(mailbox, f"{first.pk}/move/"), {"to": "down"})
    browser.post(_url(mailbox, f"{first.pk}/move/"), {"to": "down"})
    browser.post(_url(mailbox, f"{first.pk}/move/"), {"to": "down"})
    browser.post(_url(mailbox, f"{second.pk}/switch/"))
    browser.post(_url(mailbox, f"{third.pk}/delete/"))

    assert [(rule.name, rule.is_active) for rule in RoutingRule.objects.all()] == [("B", False), ("A", True)]


def test_a_try_shows_each_rule_and_condition_and_does_nothing(cast: Cast, mailbox: Mailbox) -> None:
    message = receive(mailbox, letter(mailbox.address, at=NOON), at=NOON)
    make_rule(
        mailbox,
        action("priority", 2),
        name="Lamps",
        is_active=False,
        conditions=[condition("subject", "contains", "lamp"), condition("text", "contains", "chair")],
        needs_every_condition=False,
    )
    browser = signed_in(cast.owner)

    offered = browser.get(_url(mailbox, "try/")).content.decode()
    page = browser.get(_url(mailbox, f"try/?message={message.pk}")).content.decode()

    assert f"?message={message.pk}" in offered
    assert "Holds: </span>Subject contains “lamp”" in page
    assert "Does not hold: </span>Text, without what is quoted contains “chair”" in page
    assert "Set the priority Urgent" in page
    assert Conversation.objects.get().priority == Conversation.Priority.NORMAL
    assert not OutgoingMessage.objects.exists()


def test_a_message_of_another_mailbox_cannot_be_tried_here(cast: Cast, mailbox: Mailbox) -> None:
    hidden = receive(cast.hidden_mailbox, letter(cast.hidden_mailbox.address, at=NOON), at=NOON)
    browser = signed_in(cast.owner)

    assert browser.get(_url(mailbox, f"try/?message={hidden.pk}")).status_code == 404
    assert browser.get(_url(mailbox, "try/?message=nonsense")).status_code == 404


def test_members_change_no_rules_and_strangers_find_nothing(cast: Cast, mailbox: Mailbox) -> None:
    rule = make_rule(mailbox, action("priority", 1))

    assert signed_in(cast.member).get(_url(mailbox)).status_code == 403
    assert signed_in(cast.member).post(_url(mailbox, f"{rule.pk}/switch/")).status_code == 403
    assert signed_in(cast.stranger).post(_url(mailbox, f"{rule.pk}/switch/")).status_code == 404
    assert signed_in(cast.owner).get(_url(cast.hidden_mailbox, f"{rule.pk}/")).status_code == 404


def test_what_a_rule_did_is_seen_in_the_list_and_at_the_conversation(cast: Cast, mailbox: Mailbox) -> None:
    tag = Tag.objects.create(tenant=cast.tenant, name="fragile")
    make_rule(mailbox, action("priority", 2), action("tag", tag.pk), action("assign", cast.member.pk))
    message = receive(mailbox, letter(mailbox.address, at=NOON), at=NOON)
    browser = signed_in(cast.owner)

    for page in (browser.get("/inbox/"), browser.get(f"/inbox/{message.conversation_id}/")):
        assert "Urgent" in page.content.decode()
        assert "fragile" in page.content.decode()
        assert f"Assigned to {cast.member.user}" in re.sub(r"<[^>]+>", "", page.content.decode())


def test_the_list_costs_as_many_queries_for_one_rule_as_for_many(
    cast: Cast, mailbox: Mailbox, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        make_rule(mailbox, action("assign", cast.member.pk), name=f"Rule {number}")
    browser = signed_in(cast.owner)
    browser.get(_url(mailbox))

    with django_assert_max_num_queries(30):
        browser.get(_url(mailbox))


def test_a_rule_that_balances_keeps_the_chosen_people_and_shows_them_again(cast: Cast, mailbox: Mailbox) -> None:
    browser = signed_in(cast.owner)
    people = [str(cast.member.pk), str(cast.owner.pk)]
    posted = {**_posted(cast), "action-0-deed": "balance", "action-0-value": people}

    browser.post(_url(mailbox, "add/"), posted)

    rule = RoutingRule.objects.get()
    assert sorted(rule.actions[0]["value"].split()) == sorted(people)
    page = browser.get(_url(mailbox)).content.decode()
    assert "Assign to whoever has least to do: " in page
    assert browser.get(_url(mailbox, f"{rule.pk}/")).content.decode().count("checked") >= 2
    browser.post(_url(mailbox, f"{rule.pk}/"), {**posted, "action-0-value": []})
    assert RoutingRule.objects.get().actions[0]["value"] == ""
    assert "of all who may use the mailbox" in browser.get(_url(mailbox)).content.decode()


def test_a_rule_balances_among_nobody_who_may_not_use_the_mailbox(cast: Cast, mailbox: Mailbox) -> None:
    posted = {**_posted(cast), "action-0-deed": "balance", "action-0-value": [str(cast.stranger.pk)]}

    answer = signed_in(cast.owner).post(_url(mailbox, "add/"), posted)

    assert answer.status_code == 422
    assert not RoutingRule.objects.exists()
