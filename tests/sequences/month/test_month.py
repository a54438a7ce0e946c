"""Days of a simulated account against a real SMTP server; the oracle looks at that server's log and at nothing else.

The whole month, with 5,000 contacts, is `make month`.
"""

from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.realservers.programs import HOST
from tests.sequences.month import months, world
from tests.sequences.month.oracle import Oracle
from tests.sequences.month.plan import attempts_in
from tests.sequences.month.simulating import Clock, Month
from tests.sequences.month.sink import Sink

pytestmark = pytest.mark.django_db(transaction=True)


def test_limits_hours_and_stops_hold_on_every_day(tmp_path: Path, settings: Settings) -> None:
    plan = months.short_month()
    clock = Clock(plan.begins_at)
    sink = Sink(tmp_path / "sink.jsonl", clock, says=months.busy_at_closing_time)
    settings.EGRESS_ALLOW = [f"{HOST}:{sink.port}"]
    sink.start()
    try:
        month = Month(world.build(plan, port=sink.port), sink, clock, tick=timedelta(seconds=60))
        month.pass_by()
    finally:
        sink.stop()

    log = attempts_in(sink.log)

    assert Oracle(plan, month.bans).complaints(log) == []
    assert sum(one.is_taken for one in log) > 1.3 * len(plan.people)
    assert {one.reply_code for one in log} == {250, 451, 550}
    assert len({one.why for one in month.bans}) >= 4
