"""Starting, going on, putting away and taking out again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections

from mailboxes.models import Mailbox
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from sequences.models import Enrollment, Sequence, StepSend
from sequences.starting import acting
from tests.factories import Cast, signed_in
from tests.sequences.factories import enroll, make_contact, make_sequence
from tests.sequences.sending import run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]

_State = Sequence.State


def _start(sequence: Sequence) -> str:
    return f"/sequences/{sequence.pk}/start/"


def test_a_draft_starts_and_is_not_started_again(cast: Cast, sequence: Sequence) -> None:
    client = signed_in(cast.owner)

    answer = client.post(_start(sequence))
    again = client.post(_start(sequence))

    row = sequence.refreshed()
    assert answer.status_code == 302
    assert again.status_code == 422
    assert row.state == _State.ACTIVE
    assert row.started_at is not None
    assert row.author == cast.owner


def test_what_is_refused_does_not_start_and_says_why(cast: Cast, sequence: Sequence) -> None:
    sequence.steps.update(removed_at=clock.now())

    answer = signed_in(cast.owner).post(_start(sequence))

    assert answer.status_code == 422
    assert "The sequence has no step yet." in answer.text
    assert sequence.refreshed().state == _State.DRAFT


def test_going_on_forgives_bounces_and_keeps_when_it_started(cast: Cast, sequence: Sequence) -> None:
    now, before = clock.now(), clock.now() - timedelta(days=9)
    Sequence.objects.update(state=_State.PAUSED, started_at=before, paused_because="Too much bounced.")

    acting.start(sequence, by=cast.owner, now=now)

    row = sequence.refreshed()
    assert (row.state, row.paused_because, row.shield_from, row.started_at) == (_State.ACTIVE, "", now, before)


def test_a_sequence_whose_author_is_gone_leaves_in_the_name_of_who_starts_it(cast: Cast, sequence: Sequence) -> None:
    Sequence.objects.update(author=cast.member)

    acting.start(sequence.refreshed(), by=cast.owner, now=clock.now())

    assert sequence.refreshed().author == cast.owner


@pytest.mark.django_db(transaction=True)
def test_of_twenty_who_start_at_once_one_does(cast: Cast, sequence: Sequence) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite lets one write at a time.")

    def start(_number: int) -> bool:
        try:
            with tenant_scope(cast.tenant.pk):
                return acting.start(sequence, by=cast.owner, now=clock.now())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        started = list(pool.map(start, range(20)))

    assert started.count(True) == 1


def test_pausing_takes_back_what_has_not_left_and_going_on_sends_it_once(cast: Cast, mailbox: Mailbox) -> None:
    sequence = make_sequence(mailbox, author=cast.owner)
    enroll(sequence, make_contact(cast.tenant))
    run(cast.tenant, now=clock.now())

    signed_in(cast.owner).post(f"/sequences/{sequence.pk}/pause/")

    assert sequence.refreshed().state == _State.PAUSED
    assert StepSend.objects.get().withdrawn_at is not None


def test_the_archive_says_who_is_on_the_way_and_pauses_what_is_active(cast: Cast, mailbox: Mailbox) -> None:
    sequence = make_sequence(mailbox, author=cast.owner, name="Autumn")
    enrollment = enroll(sequence, make_contact(cast.tenant))
    client = signed_in(cast.owner)

    asked = client.get(f"/sequences/{sequence.pk}/archive/")
    client.post(f"/sequences/{sequence.pk}/archive/")

    assert "1 contact is on the way in it" in asked.text
    assert sequence.refreshed().state == _State.ARCHIVED
    assert enrollment.refreshed().state == Enrollment.State.ACTIVE
    assert client.get("/sequences/").context["page"].rows == []


@pytest.mark.parametrize(("has_started", "state"), [(False, _State.DRAFT), (True, _State.PAUSED)])
def test_what_is_taken_out_of_the_archive_does_not_send(
    cast: Cast, mailbox: Mailbox, has_started: bool, state: Sequence.State
) -> None:
    started_at = clock.now() if has_started else None
    sequence = make_sequence(mailbox, author=cast.owner, state=_State.ARCHIVED, started_at=started_at)

    signed_in(cast.owner).post(f"/sequences/{sequence.pk}/restore/")

    assert sequence.refreshed().state == state


@pytest.mark.parametrize("deed", ["start", "pause", "archive", "restore"])
def test_who_may_not_use_the_mailbox_finds_nothing(cast: Cast, sequence: Sequence, deed: str) -> None:
    assert signed_in(cast.member).post(f"/sequences/{sequence.pk}/{deed}/").status_code == 404
