"""Segments: their default mailboxes, and who belongs to them (SPEC T8)."""

import pytest
from django.test import Client
from django.urls import reverse

from mailboxes import changing, deleting, segments
from mailboxes.models import Mailbox, Segment, SegmentPerson
from mailboxes.segments import LastSegment, SuccessorNeeded
from mailhub import clock
from mailhub.lib.ids import new_id
from tests.factories import Cast, make_mailbox

pytestmark = pytest.mark.usefixtures("scope")

LIST, ADD = reverse("mailboxes:segment-list"), reverse("mailboxes:segment-add")


@pytest.fixture
def general(scope: None) -> Segment:
    """The first segment; "Support" is its default, "Directors" is in it too."""
    return segments.first_segment()


@pytest.fixture
def wholesale(cast: Cast, scope: None) -> Segment:
    return segments.add(cast.tenant, "Wholesale", now=clock.now())


def url(name: str, segment: Segment) -> str:
    return reverse(f"mailboxes:segment-{name}", args=[segment.pk])


def change(box: Mailbox, **more: str) -> dict[str, str]:
    return {"name": box.name, "address": box.address, "kind": box.kind, "comments": "", **more}


def test_the_first_mailbox_of_a_segment_becomes_its_default(cast: Cast, general: Segment, wholesale: Segment) -> None:
    orders = make_mailbox(cast.tenant, "Orders", segment=wholesale)
    make_mailbox(cast.tenant, "Returns", segment=wholesale)

    assert general.default_mailbox == cast.mailbox
    assert wholesale.refreshed().default_mailbox == orders


def test_the_default_leaves_only_when_another_takes_its_place(
    owner: Client, cast: Cast, general: Segment, wholesale: Segment
) -> None:
    page, moving = reverse("mailboxes:mailbox-change", args=[cast.mailbox.pk]), {"segment": str(wholesale.pk)}

    refused = owner.post(page, change(cast.mailbox, **moving))
    owner.post(page, change(cast.mailbox, **moving, successor=str(cast.hidden_mailbox.pk)))

    assert "successor" in refused.context["form"].errors
    assert general.refreshed().default_mailbox == cast.hidden_mailbox
    assert wholesale.refreshed().default_mailbox == cast.mailbox
    assert cast.mailbox.refreshed().segment == wholesale


def test_a_mailbox_that_is_no_default_just_moves(
    owner: Client, cast: Cast, general: Segment, wholesale: Segment
) -> None:
    page = reverse("mailboxes:mailbox-change", args=[cast.hidden_mailbox.pk])

    owner.post(page, change(cast.hidden_mailbox, segment=str(wholesale.pk)))

    assert cast.hidden_mailbox.refreshed().segment == wholesale
    assert general.refreshed().default_mailbox == cast.mailbox


def test_the_last_mailbox_leaves_an_empty_segment_behind(cast: Cast, general: Segment, wholesale: Segment) -> None:
    orders = make_mailbox(cast.tenant, "Orders", segment=wholesale)

    orders.segment = general
    changing.change_mailbox(orders, now=clock.now())

    assert wholesale.refreshed().default_mailbox is None


def test_deleting_the_default_asks_for_a_successor_of_the_same_segment(
    owner: Client, cast: Cast, general: Segment, wholesale: Segment
) -> None:
    outside = make_mailbox(cast.tenant, "Orders", segment=wholesale)
    page = reverse("mailboxes:mailbox-delete", args=[cast.mailbox.pk])

    without = owner.post(page, {"confirm": "Support"})
    elsewhere = owner.post(page, {"confirm": "Support", "successor": str(outside.pk)})
    owner.post(page, {"confirm": "Support", "successor": str(cast.hidden_mailbox.pk)})

    assert (without.status_code, elsewhere.status_code) == (422, 422)
    assert general.refreshed().default_mailbox == cast.hidden_mailbox
    assert not Mailbox.objects.filter(pk=cast.mailbox.pk).exists()


def test_a_successor_that_went_meanwhile_is_no_successor(cast: Cast, wholesale: Segment) -> None:
    outside = make_mailbox(cast.tenant, "Orders", segment=wholesale)

    with pytest.raises(SuccessorNeeded):
        deleting.delete(cast.mailbox, successor=outside, now=clock.now())

    assert Mailbox.objects.filter(pk=cast.mailbox.pk).exists()


def test_people_belong_to_the_first_segment_until_they_are_moved(
    owner: Client, cast: Cast, general: Segment, wholesale: Segment
) -> None:
    owner.post(url("change", wholesale), {"name": "Wholesale", "joining": [str(cast.member.pk)]})

    assert segments.segment_of(cast.member) == wholesale
    assert segments.segment_of(cast.owner) == general
    assert list(segments.people_in(wholesale)) == [cast.member]
    assert list(segments.people_in(general)) == [cast.owner]


def test_moving_a_person_again_leaves_them_in_one_segment(
    owner: Client, cast: Cast, general: Segment, wholesale: Segment
) -> None:
    for segment in (wholesale, general):
        content = {"name": segment.name, "joining": [str(cast.member.pk)]}
        owner.post(url("change", segment), {**content, "default_mailbox": str(cast.mailbox.pk)})

    assert segments.segment_of(cast.member) == general
    assert SegmentPerson.objects.count() == 1


def test_a_segment_is_renamed_and_gets_another_default(owner: Client, cast: Cast, general: Segment) -> None:
    owner.post(url("change", general), {"name": "Retail", "default_mailbox": str(cast.hidden_mailbox.pk)})

    assert (general.refreshed().name, general.refreshed().default_mailbox) == ("Retail", cast.hidden_mailbox)


@pytest.mark.parametrize("field", ["default_mailbox", "joining"])
def test_rows_of_others_cannot_be_chosen(owner: Client, cast: Cast, general: Segment, field: str) -> None:
    """SECURITY B098."""
    foreign = {"default_mailbox": cast.other_mailbox.pk, "joining": cast.stranger.pk}[field]
    content = {"name": "Retail", "default_mailbox": str(cast.mailbox.pk), field: str(foreign)}

    answer = owner.post(url("change", general), content)

    assert answer.status_code == 422
    assert (general.refreshed().name, general.refreshed().default_mailbox) == ("General", cast.mailbox)
    assert not SegmentPerson.objects.exists()


def test_a_mailbox_of_another_segment_is_no_default(
    owner: Client, cast: Cast, general: Segment, wholesale: Segment
) -> None:
    orders = make_mailbox(cast.tenant, "Orders", segment=wholesale)

    answer = owner.post(url("change", general), {"name": "General", "default_mailbox": str(orders.pk)})

    assert answer.status_code == 422


def test_a_name_is_given_once(owner: Client, general: Segment) -> None:
    answer = owner.post(ADD, {"name": "General"})

    assert answer.status_code == 422
    assert "has this name" in answer.content.decode()


def test_fields_that_the_form_does_not_have_do_nothing(owner: Client, cast: Cast) -> None:
    """SECURITY B096-B099."""
    chosen = new_id()

    owner.post(ADD, {"name": "New", "id": str(chosen), "tenant": str(cast.other_tenant.pk), "created_at": "2001-01-01"})

    added = Segment.objects.get(name="New")
    assert (added.tenant, added.pk == chosen) == (cast.tenant, False)
    assert added.created_at.year > 2001


def test_deleting_a_segment_moves_its_mailboxes_and_people(
    owner: Client, cast: Cast, general: Segment, wholesale: Segment
) -> None:
    orders = make_mailbox(cast.tenant, "Orders", segment=wholesale)
    owner.post(url("change", wholesale), {"name": "Wholesale", "joining": [str(cast.member.pk)]})

    owner.post(url("delete", wholesale), {"heir": str(general.pk)})

    assert not Segment.objects.filter(pk=wholesale.pk).exists()
    assert orders.refreshed().segment == general
    assert general.refreshed().default_mailbox == cast.mailbox
    assert segments.segment_of(cast.member) == general


def test_deleting_the_first_segment_makes_the_next_one_the_first(
    owner: Client, cast: Cast, general: Segment, wholesale: Segment
) -> None:
    owner.post(url("delete", general), {"heir": str(wholesale.pk)})

    assert segments.first_segment() == wholesale
    assert wholesale.refreshed().default_mailbox == cast.mailbox


def test_the_last_segment_stays(owner: Client, general: Segment) -> None:
    page = owner.get(url("delete", general)).content.decode()
    answer = owner.post(url("delete", general), {"heir": str(general.pk)})

    assert "It is the only segment" in page
    assert answer.status_code == 422
    with pytest.raises(LastSegment):
        segments.delete(general, heir=general)


@pytest.mark.parametrize("name", ["change", "delete"])
def test_segments_are_for_owners_and_administrators_of_the_account(
    member: Client, stranger: Client, general: Segment, name: str
) -> None:
    assert member.get(url(name, general)).status_code == 403
    assert stranger.get(url(name, general)).status_code == 404
    assert stranger.post(url(name, general), {"name": "Taken over"}).status_code == 404
    assert general.refreshed().name == "General"


def test_the_list_shows_each_with_its_default_and_its_number(owner: Client, wholesale: Segment) -> None:
    shown = owner.get(LIST).context["segments"]

    assert [(str(one), str(one.default_mailbox), one.mailbox_count) for one in shown] == [
        ("General", "Support", 2),
        ("Wholesale", "None", 0),
    ]


def test_deleting_a_tenant_takes_its_segments_along(cast: Cast) -> None:
    cast.tenant.delete()

    assert not Segment.objects.exists()
