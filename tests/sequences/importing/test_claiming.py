"""Workers that die, workers that come twice, and people who are faster."""

import uuid
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from mailhub import clock
from mailhub.tenancy.scope import unscoped
from sequences import tasks
from sequences.importing import claiming, starting, undoing, working
from sequences.importing.claiming import LeaseLost
from sequences.models import Contact, ContactChange, ContactImport, ImportRow
from tests.factories import Cast
from tests.sequences.importing.files import done, outcomes, people, tried, worked

State = ContactImport.State

pytestmark = pytest.mark.usefixtures("scope")


class Death(BaseException):
    """Ends a worker in the middle; tests/reliability/test_killed_imports.py does it with a signal."""


@pytest.mark.parametrize("point", ["import.before_commit", "import.batch_written"])
def test_a_worker_that_dies_leaves_nothing_twice(cast: Cast, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    monkeypatch.setattr(working, "BATCH", 10)
    one = tried(people(35), cast.owner)
    starting.run(one)

    deaths = 0
    for dies_at in (1, 2, 2, 1):
        with monkeypatch.context() as dying:
            dying.setattr(working, "failpoint", _dies_at(point, dies_at))
            try:
                working.work(one.pk, now=clock.now)
            except Death:
                deaths += 1
        _let_leases_end()
    finished = worked(one)

    assert deaths
    assert finished.state == State.DONE
    assert finished.counts == {"created": 35, "barred": 0}
    assert Contact.objects.count() == 35
    assert ContactChange.objects.count() == 35
    assert list(outcomes(finished)) == list(range(2, 37))


def test_undoing_goes_on_behind_the_last_batch(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "BATCH", 10)
    one = done(people(25), cast.owner)
    starting.undo(one)

    with monkeypatch.context() as dying:
        dying.setattr(working, "failpoint", _dies_at("import.batch_written", 2))
        with pytest.raises(Death):
            working.work(one.pk, now=clock.now)
    _let_leases_end()
    finished = worked(one)

    assert finished.counts == {"total": 25, "removed": 25}
    assert not Contact.objects.exists()


def test_one_worker_at_a_time_has_an_import(cast: Cast) -> None:
    one = tried(people(2), cast.owner)
    starting.run(one)

    first = claiming.claim(one.pk, uuid.uuid4())

    assert first is not None
    assert claiming.claim(one.pk, uuid.uuid4()) is None
    assert not working.work(one.pk, now=clock.now)


def test_a_worker_that_was_taken_for_dead_writes_nothing_more(cast: Cast) -> None:
    one = tried(people(2), cast.owner)
    starting.run(one)
    slow_token = uuid.uuid4()
    slow = claiming.claim(one.pk, slow_token)
    _let_leases_end()
    worked(one)

    assert slow is not None
    with pytest.raises(LeaseLost):
        claiming.move_on(slow, slow_token, by=2, counts={})
    assert Contact.objects.count() == 2


def test_the_sweep_finds_what_no_bell_was_heard_for(cast: Cast) -> None:
    one = tried(people(2), cast.owner)
    starting.run(one)

    with unscoped("the sweep looks at every tenant"):
        waiting = claiming.waiting()
    tasks.work_on_import.run(cast.tenant.pk, str(one.pk))

    assert waiting == {(cast.tenant.pk, one.pk)}
    assert one.refreshed().state == State.DONE
    with unscoped("the sweep looks at every tenant"):
        assert not claiming.waiting()


def test_an_import_that_kills_its_workers_ends_in_words(cast: Cast) -> None:
    one = tried(people(2), cast.owner)
    starting.run(one)
    for _death in range(claiming.MOST_DEATHS):
        assert claiming.claim(one.pk, uuid.uuid4()) is not None
        _let_leases_end()

    stuck = worked(one)

    assert stuck.state == State.FAILED
    assert "stopped its worker" in stuck.words
    assert starting.go_on(stuck)
    assert worked(stuck).state == State.DONE


def test_a_run_that_was_stopped_can_be_undone_or_go_on(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "BATCH", 10)
    monkeypatch.setattr(working, "RUN_SECONDS", 0.0)
    one = tried(people(30), cast.owner)
    while one.state == State.TRYING:
        working.work(one.pk, now=clock.now)
        one = one.refreshed()
    starting.run(one)
    assert working.work(one.pk, now=clock.now)

    assert starting.stop(one, by=cast.owner)
    assert not working.work(one.pk, now=clock.now)

    stopped = one.refreshed()
    assert (stopped.state, stopped.done_count) == (State.FAILED, 10)
    assert "Stopped by" in stopped.words
    assert starting.may_undo(stopped)
    assert undoing.to_undo(stopped).count() == 10
    assert starting.go_on(stopped)
    assert worked(stopped).counts["created"] == 30


def test_each_step_is_begun_once(cast: Cast) -> None:
    one = tried(people(1), cast.owner)

    assert starting.run(one)
    assert not starting.run(one)
    assert not starting.discard(one)
    worked(one)
    assert not starting.try_out(one, mapping=one.mapping, on_duplicate="fill", contact_list=None)
    assert not ImportRow.objects.filter(contact_import=one, is_trial=True).exists()


def _dies_at(point: str, count: int) -> object:
    passed = 0

    def failpoint(name: str) -> None:
        nonlocal passed
        passed += name == point
        if name == point and passed == count:
            raise Death

    return failpoint


def _let_leases_end() -> None:
    ContactImport.objects.filter(lease_until__isnull=False).update(lease_until=Now() - timedelta(seconds=1))
