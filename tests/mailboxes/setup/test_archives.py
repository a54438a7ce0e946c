"""What a person says of mail that is in the inbox when its server is added."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from mailboxes.models import Mailbox
from mailhub import clock
from servers.models import ArchiveMode, Folder, IncomingServer
from tests.factories import Cast, make_incoming
from tests.mailboxes.setup.typed import incoming, mailbox

pytestmark = pytest.mark.usefixtures("scope")

ADD = reverse("mailboxes:mailbox-add")


def add_url(name: str, cast: Cast) -> str:
    return reverse(f"mailboxes:{name}", args=[cast.mailbox.pk])


def archive_url(server: IncomingServer) -> str:
    return reverse("mailboxes:incoming-archive", args=[server.mailbox_id, server.pk])


def list_url(server: IncomingServer) -> str:
    return reverse("mailboxes:incoming-list", args=[server.mailbox_id])


def test_a_new_server_is_proposed_to_take_the_last_thirty_days_in_as_an_archive(owner: Client, cast: Cast) -> None:
    of_a_mailbox = owner.get(ADD).context["form"].incoming
    forms = [
        of_a_mailbox,
        *(owner.get(add_url(name, cast)).context["form"] for name in ("incoming-add", "connected-add")),
    ]

    for form in forms:
        assert form["archive_mode"].value() == ArchiveMode.ARCHIVE
        assert form["archive_from"].value() == clock.now().date() - timedelta(days=30)


@pytest.mark.parametrize(
    ("mode", "day", "kept"),
    [
        ("archive", "2026-01-31", ("archive", "2026-01-31")),
        ("none", "2026-01-31", ("none", "None")),
        ("new", "no day", ("new", "None")),
        ("", "", ("new", "None")),
    ],
)
def test_the_choice_is_kept(owner: Client, mode: str, day: str, kept: tuple[str, str]) -> None:
    answer = owner.post(ADD, mailbox(sends="") | incoming(archive_mode=mode, archive_from=day))

    assert answer.status_code == 302
    server = Mailbox.objects.get(name="Helpdesk").incoming_servers.get()
    assert (server.archive_mode, str(server.archive_from)) == kept


@pytest.mark.parametrize("name", ["incoming-add", "connected-add"])
def test_the_choice_is_kept_with_a_server_that_is_added_later(owner: Client, cast: Cast, name: str) -> None:
    answer = owner.post(add_url(name, cast), incoming(archive_mode="none"))

    assert answer.status_code == 302
    assert cast.mailbox.incoming_servers.get().archive_mode == ArchiveMode.NONE


@pytest.mark.parametrize("day", ["", "yesterday", "0000-00-00", "2999-01-01"])
def test_an_archive_needs_a_day_that_has_been(owner: Client, cast: Cast, day: str) -> None:
    typed = incoming(archive_mode="archive", archive_from=day)

    answer = owner.post(add_url("incoming-add", cast), typed)

    assert answer.status_code == 422
    assert answer.context["form"]["archive_from"].errors
    assert answer.context["form"]["archive_mode"].value() == "archive"


def test_a_change_of_the_server_leaves_the_choice_alone(owner: Client, cast: Cast) -> None:
    server = make_incoming(cast.mailbox, archive_mode="none", host="pop.example.com", protocol="pop3", port=110)
    change = reverse("mailboxes:incoming-change", args=[server.mailbox_id, server.pk])

    owner.post(change, incoming(archive_mode="new", archive_from="2020-01-01"))

    assert server.refreshed().archive_mode == ArchiveMode.NONE
    assert "archive_mode" not in owner.get(change).context["form"].fields


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"archive_mode": "archive"}, "Taken in with the next fetch · from 1 Oct 2026"),
        ({"archive_mode": "archive", "archive_count": 5300, "archive_left": 4060}, "1,240 of 5,300 taken in"),
        (
            {"archive_mode": "archive", "archive_count": 5300, "archive_left": 0, "is_over": True},
            "5,300 messages taken in",
        ),
        ({"archive_mode": "none"}, "already is left alone"),
    ],
    ids=["not begun", "under way", "over", "left alone"],
)
@pytest.mark.parametrize("is_primary", [True, False])
def test_the_card_says_how_far_the_archive_is(
    owner: Client, cast: Cast, fields: dict[str, object], words: str, *, is_primary: bool
) -> None:
    ended_at = clock.now() if fields.get("is_over") else None
    fields = {name: value for name, value in fields.items() if name != "is_over"}
    server = make_incoming(
        cast.mailbox, is_primary=is_primary, archive_from="2026-10-01", archive_ended_at=ended_at, **fields
    )

    page = owner.get(list_url(server)).content.decode()

    assert words in page
    assert archive_url(server) in page


def test_nothing_is_said_of_an_archive_where_all_mail_was_new(owner: Client, cast: Cast) -> None:
    server = make_incoming(cast.mailbox)

    assert "<dt>Archive</dt>" not in owner.get(list_url(server)).content.decode()
    assert owner.get(archive_url(server)).status_code == 302
    assert owner.post(archive_url(server), {"archive_from": "2026-01-31"}).status_code == 302
    assert server.refreshed().archive_mode == ArchiveMode.NEW


def test_the_archive_is_stopped_and_begun_again_with_another_day(owner: Client, cast: Cast) -> None:
    server = make_incoming(
        cast.mailbox,
        archive_mode="archive",
        archive_from="2026-10-01",
        archive_count=9,
        archive_left=4,
        next_poll_at=clock.now() + timedelta(hours=1),
    )
    folder = Folder.objects.create(
        tenant=cast.tenant, server=server, uidvalidity=7, last_uid=90, archive_before=50, archive_uid=20
    )

    owner.post(archive_url(server), {"stop": "1"})
    assert server.refreshed().archive_mode == ArchiveMode.NONE

    answer = owner.post(archive_url(server), {"archive_from": "2026-01-31"})

    assert answer.status_code == 302
    begun = server.refreshed()
    assert (begun.archive_mode, str(begun.archive_from)) == (ArchiveMode.ARCHIVE, "2026-01-31")
    assert begun.archive_count is None
    assert begun.next_poll_at <= clock.now()
    folder.refresh_from_db()
    assert (folder.archive_uid, folder.archive_before, folder.last_uid) == (0, 50, 90)


def test_the_archive_does_not_begin_without_a_day(owner: Client, cast: Cast) -> None:
    server = make_incoming(cast.mailbox, archive_mode="none")

    assert owner.post(archive_url(server), {"archive_from": "2999-01-01"}).status_code == 422
    assert owner.post(archive_url(server), {}).status_code == 422
    assert server.refreshed().archive_mode == ArchiveMode.NONE
