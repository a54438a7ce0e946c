"""Views that people keep (SPEC Q1)."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mailboxes.models import MailboxAccess, SavedView, Topic
from mailboxes.queue.saved import MOST_KEPT
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_person, signed_in
from tests.mailboxes.queue.factories import make_conversation, make_tag, make_topic


def _save(browser: Client, name: str, query: str = "?status=pending", **more: str) -> Any:
    return browser.post(reverse("mailboxes:saved-view-add") + query, {"name": name, **more})


def _shown(browser: Client) -> list[str]:
    page = browser.get(reverse("mailboxes:inbox")).content.decode()
    return re.findall(r'view-words" title="([^"]*)"', page)


def _only_view(cast: Cast) -> SavedView:
    with tenant_scope(cast.tenant.pk):
        view: SavedView = SavedView.objects.get()
        return view


def test_view_leads_back_to_its_filters_from_their_first_page(cast: Cast) -> None:
    topic = make_topic(cast.mailbox, "Refunds")
    make_conversation(cast.mailbox, topic=topic, status="pending")
    browser = signed_in(cast.member)
    cursor = "2026-03-03T09:12:00+00:00~0196a3f0-0000-7000-8000-000000000000"

    saved = browser.post(
        f"{reverse('mailboxes:saved-view-add')}?topic={topic.pk}&status=pending&before={cursor.replace('+', '%2B')}",
        {"name": "Slow refunds"},
    )

    assert saved["Location"] == f"{reverse('mailboxes:inbox')}?topic={topic.pk}&status=pending"
    page = browser.get(saved["Location"]).content.decode()
    assert 'mail-list-title">Slow refunds<' in page
    assert re.search(r'title="Slow refunds".*?view-count"[^>]*>1<', page, re.DOTALL)


def test_view_is_its_owners_alone_unless_it_is_shared(cast: Cast) -> None:
    owner, member = signed_in(cast.owner), signed_in(cast.member)

    _save(owner, "Alone")
    _save(owner, "Together", is_shared="on")

    assert {"Alone", "Together"} <= set(_shown(owner))
    assert "Together" in _shown(member)
    assert "Alone" not in _shown(member)


def test_only_who_manages_the_account_shares_a_view(cast: Cast) -> None:
    _save(signed_in(cast.member), "Mine", is_shared="on")

    assert not _only_view(cast).is_shared


def test_view_of_a_mailbox_that_one_may_not_use_is_not_there(cast: Cast) -> None:
    _save(signed_in(cast.owner), "Board", f"?mailbox={cast.hidden_mailbox.pk}", is_shared="on")
    member = signed_in(cast.member)

    assert "Board" not in _shown(member)

    with tenant_scope(cast.tenant.pk):
        MailboxAccess.objects.create(tenant=cast.tenant, mailbox=cast.hidden_mailbox, membership=cast.member)

    assert "Board" in _shown(member)


def test_shared_view_is_changed_by_who_manages_the_account_and_by_no_member(cast: Cast) -> None:
    _save(signed_in(make_person(cast.tenant)), "Together", is_shared="on")
    url = reverse("mailboxes:saved-view-change", args=[_only_view(cast).pk])

    assert signed_in(cast.member).post(url, {"name": "Taken"}).status_code == 404
    assert signed_in(cast.stranger).post(url, {"name": "Taken"}).status_code == 404
    assert signed_in(cast.owner).post(url, {"name": "Renamed", "is_shared": "on"}).status_code == 302
    assert _only_view(cast).name == "Renamed"


def test_views_stand_in_the_order_that_was_given_to_them(cast: Cast) -> None:
    browser = signed_in(cast.member)
    for name in ("First", "Second", "Third"):
        _save(browser, name)
    with tenant_scope(cast.tenant.pk):
        third = SavedView.objects.get(name="Third")

    browser.post(reverse("mailboxes:saved-view-move", args=[third.pk]), {"to": "up"})

    assert [name for name in _shown(browser) if name in ("First", "Second", "Third")] == ["First", "Third", "Second"]


def test_deleted_view_is_gone_and_its_mail_is_not(cast: Cast) -> None:
    browser = signed_in(cast.member)
    make_conversation(cast.mailbox, "Stays", status="pending")
    _save(browser, "Waiting")

    browser.post(reverse("mailboxes:saved-view-delete", args=[_only_view(cast).pk]))

    assert "Waiting" not in _shown(browser)
    assert "Stays" in browser.get(reverse("mailboxes:inbox"), {"status": "pending"}).content.decode()


@pytest.mark.parametrize("name", ["", "x" * 61, "Waiting"])
def test_name_that_is_none_or_taken_is_refused(cast: Cast, name: str) -> None:
    browser = signed_in(cast.member)
    _save(browser, "Waiting")

    assert _save(browser, name).status_code == 422


def test_nobody_keeps_more_views_than_can_be_counted(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        SavedView.objects.bulk_create(
            SavedView(tenant=cast.tenant, owner=cast.member, name=f"View {number}", created_at=clock.now())
            for number in range(MOST_KEPT)
        )

    refused = _save(signed_in(cast.member), "One more")

    assert refused.status_code == 422
    assert "which is the most" in refused.content.decode()


def test_view_of_a_topic_that_is_gone_counts_nothing(cast: Cast) -> None:
    topic = make_topic(cast.mailbox, "Refunds")
    browser = signed_in(cast.member)
    _save(browser, "Refunds of old", f"?topic={topic.pk}")
    with tenant_scope(cast.tenant.pk):
        topic.filter_rules.all().delete()
        topic.delete()

    assert "Refunds of old" in _shown(browser)


def test_view_opens_without_what_is_gone_and_says_so(cast: Cast) -> None:
    topic, tag = (
        _unused_topic(cast),
        make_tag(make_conversation(cast.mailbox, "Still here", status="pending"), "urgent"),
    )
    browser = signed_in(cast.owner)
    query = f"?topic={topic.pk}&tag={tag.pk}&status=pending"
    _save(browser, "Slow refunds", query)
    with tenant_scope(cast.tenant.pk):
        topic.delete()

    opened = browser.get(reverse("mailboxes:inbox") + query, follow=True)

    assert opened.redirect_chain == [(f"{reverse('mailboxes:inbox')}?tag={tag.pk}&status=pending", 302)]
    assert "The topic of the view Slow refunds is gone" in opened.content.decode()

    with tenant_scope(cast.tenant.pk):
        tag.delete()
    opened = browser.get(reverse("mailboxes:inbox") + query, follow=True)

    page = opened.content.decode()
    assert "The topic and the tag of the view Slow refunds are gone" in page
    assert "Still here" in page


def test_address_that_is_no_view_and_names_nothing_is_not_found(cast: Cast) -> None:
    topic = _unused_topic(cast)
    query = f"?topic={topic.pk}"
    _save(signed_in(cast.owner), "Refunds", query)
    with tenant_scope(cast.tenant.pk):
        topic.delete()

    assert signed_in(cast.member).get(reverse("mailboxes:inbox") + query).status_code == 404


def _unused_topic(cast: Cast) -> Topic:
    with tenant_scope(cast.tenant.pk):
        topic: Topic = Topic.objects.create(tenant=cast.tenant, name="Refunds", created_at=clock.now())
        return topic
