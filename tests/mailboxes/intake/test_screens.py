"""The screens of what a mailbox takes in (SPEC M23, M24)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mailboxes.intake import expiring
from mailboxes.models import AttachmentPolicy, DiscardFilter, Message
from mailhub import clock
from mailhub.tenancy.scope import unscoped
from servers.models import OutgoingServer
from tests.factories import Cast, make_incoming
from tests.mailboxes.intake.factories import make_filter, make_policy
from tests.mailboxes.mail.factories import make_raw, receive

SUBJECT = {"field": "subject", "operator": "contains", "value": "offer", "is_active": "on"}
TAKE_ALL = {"consequence": "remove"}


def address(name: str, *ids: object) -> str:
    return reverse(f"mailboxes:{name}", args=ids)


def add(browser: Client, cast: Cast, **content: str) -> Any:
    return browser.post(address("discard-filter-add", cast.mailbox.pk), {**SUBJECT, **content})


def test_a_filter_is_added_changed_and_deleted(owner: Client, cast: Cast) -> None:
    add(owner, cast)
    rule = DiscardFilter.objects.get()
    page = address("discard-filter-change", cast.mailbox.pk, rule.pk)
    owner.post(page, {"field": "sender", "operator": "is", "value": "x.example"})
    changed = rule.refreshed()
    owner.post(address("discard-filter-delete", cast.mailbox.pk, rule.pk))

    assert (str(rule), rule.is_active, rule.position) == ("Subject contains offer", True, 1)
    assert (str(changed), changed.is_active) == ("Sender is x.example", False)
    assert not DiscardFilter.objects.exists()


@pytest.mark.parametrize(
    ("content", "saved"),
    [
        ({"field": "size", "operator": "contains", "value": "10 MB"}, "Size is at least 10 MB"),
        ({"field": "size", "operator": "", "value": "1500"}, "Size is at least 1500"),
        ({"field": "header", "header_name": " List-Id: ", "value": "offers"}, "List-Id contains offers"),
        ({"header_name": "List-Id"}, "Subject contains offer"),
        ({"value": " big\u202e  offer "}, "Subject contains big  offer"),
    ],
)
def test_a_filter_is_saved_as_it_is_meant(owner: Client, cast: Cast, content: dict[str, str], saved: str) -> None:
    add(owner, cast, **content)

    assert str(DiscardFilter.objects.get()) == saved


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"value": ""}, "value"),
        ({"value": "\u200b"}, "value"),
        ({"field": "size", "value": "large"}, "value"),
        ({"field": "size", "value": "0"}, "value"),
        ({"field": "size", "value": "99999999 GB"}, "value"),
        ({"field": "header", "header_name": ""}, "header_name"),
        ({"field": "header", "header_name": "X y"}, "header_name"),
        ({"operator": "is_at_least"}, "operator"),
        ({"operator": ""}, "operator"),
        ({"operator": "matches"}, "operator"),
        ({"field": "body"}, "field"),
        ({"value": "x" * 321}, "value"),
    ],
)
def test_what_no_filter_can_mean_is_refused(owner: Client, cast: Cast, content: dict[str, str], field: str) -> None:
    answer = add(owner, cast, **content)

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not DiscardFilter.objects.exists()


def test_a_filter_forwards_only_where_there_is_an_address(owner: Client, cast: Cast) -> None:
    add(owner, cast, is_forwarded="on")
    make_policy(cast.mailbox, forward_to="postroom@other.example")
    add(owner, cast, is_forwarded="on")

    assert [one.is_forwarded for one in DiscardFilter.objects.order_by("position")] == [False, True]


def test_a_filter_is_tried_before_it_is_saved(owner: Client, cast: Cast) -> None:
    for subject in ("Our offer", "Another offer", "A question"):
        receive(cast.mailbox, make_raw(subject=subject))
    receive(cast.hidden_mailbox, make_raw(subject="An offer elsewhere"))

    trial = add(owner, cast, **{"try": "1"}).context["trial"]

    assert (trial.fitting_count, trial.tried_count) == (2, 3)
    assert [str(one) for one in trial.examples] == ["Another offer", "Our offer"]
    assert not DiscardFilter.objects.exists()


def test_a_header_field_is_tried_on_the_mail_itself(owner: Client, cast: Cast) -> None:
    listed = make_raw(subject="Weekly")
    listed["List-Id"] = "Offers <offers.example.org>"
    receive(cast.mailbox, listed)
    receive(cast.mailbox, make_raw())

    answer = add(owner, cast, field="header", header_name="List-Id", value="offers.example", **{"try": "1"})

    assert [str(one) for one in answer.context["trial"].examples] == ["Weekly"]


def test_trying_a_change_changes_nothing(owner: Client, cast: Cast) -> None:
    rule = make_filter(cast.mailbox)

    owner.post(address("discard-filter-change", cast.mailbox.pk, rule.pk), {**SUBJECT, "value": "question", "try": "1"})

    assert rule.refreshed().value == "offer"


def test_what_cannot_be_tried_says_why_to_htmx_too(owner: Client, cast: Cast) -> None:
    page = address("discard-filter-add", cast.mailbox.pk)

    answer = owner.post(page, {**SUBJECT, "value": "", "try": "1"}, headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert "It cannot be tried yet." in answer.content.decode()


def test_the_list_of_filters_says_what_each_does(owner: Client, cast: Cast) -> None:
    make_policy(cast.mailbox, forward_to="postroom@other.example")
    make_filter(cast.mailbox, is_forwarded=True)
    make_filter(cast.mailbox, value="<b>", is_active=False)

    page = owner.get(address("mailbox-filters", cast.mailbox.pk)).content.decode()

    assert "Forwarded to postroom@other.example" in page
    assert "Subject contains &lt;b&gt;" in page
    assert "Not active" in page


def test_limits_on_attachments_are_saved_and_shown_as_they_were_written(owner: Client, cast: Cast) -> None:
    page = address("attachment-policy", cast.mailbox.pk)
    content = {
        "most_octets": "10 MB",
        "most_octets_together": "1,5 mb",
        "presets": ["preset:programs", "preset:macros"],
        "refused_types": ".MP4, video/*",
        "allowed_types": "",
        "consequence": "reject",
        "forward_to": "Postroom@other.example",
    }

    owner.post(page, content)

    policy = AttachmentPolicy.objects.get()
    assert (policy.most_octets, policy.most_octets_together) == (10 * 1024**2, 1536 * 1024)
    assert policy.refused_types == ["preset:programs", "preset:macros", "mp4", "video/*"]
    assert (policy.allowed_types, policy.consequence) == ([], "reject")
    assert policy.forward_to == "Postroom@other.example"
    shown = owner.get(page).context["form"]
    assert [shown[name].value() for name in ("most_octets", "most_octets_together")] == ["10 MB", "1.5 MB"]
    assert shown["refused_types"].value() == "mp4, video/*"
    assert shown["presets"].value() == ["preset:programs", "preset:macros"]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"most_octets": "large"}, "most_octets"),
        ({"refused_types": "a/b/c"}, "refused_types"),
        ({"presets": ["preset:none"]}, "presets"),
        ({"consequence": "burn"}, "consequence"),
        ({"forward_to": "nobody"}, "forward_to"),
        ({"forward_to": "a@x.example\r\nBcc: b@x.example"}, "forward_to"),
        ({"forward_to": "SUPPORT@acme.example"}, "forward_to"),
        ({"forward_to": "Fetched@acme.example"}, "forward_to"),
    ],
)
def test_limits_that_cannot_be_meant_are_refused(
    owner: Client, cast: Cast, server: OutgoingServer, content: dict[str, object], field: str
) -> None:
    make_incoming(cast.mailbox, username="fetched@acme.example")

    answer = owner.post(address("attachment-policy", cast.mailbox.pk), {**TAKE_ALL, **content})

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not AttachmentPolicy.objects.exists()


def test_the_own_addresses_of_a_mailbox_include_its_direct_one(owner: Client, cast: Cast) -> None:
    content = {**TAKE_ALL, "forward_to": cast.mailbox.direct_address}

    assert owner.post(address("attachment-policy", cast.mailbox.pk), content).status_code == 422


def test_people_of_the_mailbox_find_discarded_mail_and_take_it_in(member: Client, stranger: Client, cast: Cast) -> None:
    make_filter(cast.mailbox)
    message = receive(cast.mailbox, make_raw(subject="Our offer"))
    page, take_in = address("discarded-list", cast.mailbox.pk), address("message-take-in", message.pk)

    shown = member.get(page).content.decode()
    foreign = stranger.post(take_in)
    member.post(take_in)
    again = member.post(take_in, follow=True).content.decode()

    assert "Our offer" in shown
    assert "Discard filter: Subject contains offer" in shown
    assert foreign.status_code == 404
    assert message.refreshed().state == Message.State.STORED
    assert "The message is not discarded" in again


def test_members_without_the_mailbox_see_nothing_of_it(member: Client, cast: Cast) -> None:
    make_filter(cast.hidden_mailbox)
    message = receive(cast.hidden_mailbox, make_raw(subject="Our offer"))

    assert member.get(address("discarded-list", cast.hidden_mailbox.pk)).status_code == 404
    assert member.post(address("message-take-in", message.pk)).status_code == 404
    assert message.refreshed().state == Message.State.DISCARDED


@pytest.mark.parametrize("name", ["mailbox-filters", "discard-filter-add", "attachment-policy"])
def test_settings_are_for_owners_and_administrators(member: Client, stranger: Client, cast: Cast, name: str) -> None:
    assert member.get(address(name, cast.mailbox.pk)).status_code == 403
    assert stranger.get(address(name, cast.mailbox.pk)).status_code == 404


def test_a_filter_of_another_mailbox_is_not_found(owner: Client, cast: Cast) -> None:
    rule = make_filter(cast.hidden_mailbox)

    assert owner.get(address("discard-filter-change", cast.mailbox.pk, rule.pk)).status_code == 404
    assert owner.post(address("discard-filter-delete", cast.mailbox.pk, rule.pk)).status_code == 404
    assert DiscardFilter.objects.exists()


@pytest.mark.parametrize(
    ("search", "expected"),
    [("nina", 2), ("BERG", 2), ("second", 1), ("customer.example", 2), ("nothing", 0), ("%", 0), ("\0", 2)],
)
def test_discarded_mail_is_searched_by_sender_and_subject(
    member: Client, cast: Cast, search: str, expected: int
) -> None:
    make_filter(cast.mailbox)
    for subject in ("First offer", "Second offer"):
        receive(cast.mailbox, make_raw(subject=subject))

    page = member.get(address("discarded-list", cast.mailbox.pk), {"q": search}).context["page"]

    assert len(page.object_list) == expected


def test_the_list_takes_as_many_queries_for_many_as_for_one(member: Client, cast: Cast) -> None:
    make_filter(cast.mailbox)
    page = address("discarded-list", cast.mailbox.pk)
    member.get(page)
    counts = []
    for more in (1, 20):
        for number in range(more):
            receive(cast.mailbox, make_raw(subject=f"Offer {more} {number}"))
        with CaptureQueriesContext(connection) as queries:
            member.get(page)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_a_discarded_message_is_read_with_its_reason_and_its_trace(member: Client, cast: Cast) -> None:
    make_filter(cast.mailbox)
    message = receive(cast.mailbox, make_raw(subject="Our offer"))

    page = member.get(address("message-detail", message.pk)).content.decode()
    why = member.get(address("message-why", message.pk)).content.decode()

    assert "This message was not taken in" in page
    assert "Could you send a quote?" in page
    assert "Take it in after all" in page
    assert "The filter “Subject contains offer” fits." in why
    assert member.get(address("message-raw", message.pk)).status_code == 200


def test_an_emptied_message_is_not_found(member: Client, cast: Cast) -> None:
    make_filter(cast.mailbox)
    message = receive(cast.mailbox, make_raw(subject="Our offer"), at=clock.now() - timedelta(days=31))
    Message.objects.filter(pk=message.pk).update(discarded_at=None, subject="")

    assert member.get(address("message-detail", message.pk)).status_code == 404
    assert member.post(address("message-take-in", message.pk)).status_code == 404
    with unscoped("a test sweeps"):
        assert expiring.remove_expired(now=clock.now()) == 0
