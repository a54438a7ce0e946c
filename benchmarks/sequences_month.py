"""A month of an account that sends sequences, with a simulated clock and a real SMTP server that logs what it takes.

`python -m benchmarks.sequences_month [PEOPLE [DAYS]]` (`make month`) starts a throw-away PostgreSQL, lets 5,000
contacts go through three sequences and five outgoing servers in thirty days, and has the oracle judge by the log of the
SMTP server alone (tests/sequences/month). The exit status is 1 when it complains. MONTH_PROFILE names a file for a
profile.
"""

import cProfile
import os
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from tests.realservers import postgres

TICK = timedelta(seconds=60)


def main() -> int:
    """Start a cluster and run the second half in a process whose settings point there; return its exit status."""
    cluster = postgres.Postgres()
    cluster.start()
    try:
        with tempfile.TemporaryDirectory(prefix="mailhub-month-") as directory:
            environment = {
                **os.environ,
                "DATABASE_URL": cluster.url,
                "DJANGO_SETTINGS_MODULE": "tests.settings",
                "STORAGE_URL": f"file://{directory}/storage",
            }
            command = [sys.executable, "-m", "benchmarks.sequences_month", "--inside", directory, *sys.argv[1:]]
            return subprocess.run(command, env=environment, check=False).returncode
    finally:
        cluster.stop()


def inside(directory: Path, *, people: int, days: int) -> int:
    """Let the month pass, print what came of it, and return 1 if anything was wrong."""
    import django  # noqa: PLC0415 (only here does DATABASE_URL point to the cluster)

    django.setup()

    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)

    from tests.realservers.programs import HOST  # noqa: PLC0415
    from tests.sequences.month import months, world  # noqa: PLC0415
    from tests.sequences.month.oracle import Oracle  # noqa: PLC0415
    from tests.sequences.month.plan import attempts_in  # noqa: PLC0415
    from tests.sequences.month.simulating import Clock, Month  # noqa: PLC0415
    from tests.sequences.month.sink import Sink  # noqa: PLC0415

    plan = months.whole_month(people, days=days)
    clock = Clock(plan.begins_at)
    sink = Sink(directory / "sink.jsonl", clock, says=months.busy_at_closing_time)
    settings.EGRESS_ALLOW = [f"{HOST}:{sink.port}"]
    sink.start()
    began = time.monotonic()
    try:
        month = Month(world.build(plan, port=sink.port), sink, clock, TICK, says=lambda line: print(line, flush=True))
        _profiled(month.pass_by)
    finally:
        sink.stop()

    log = attempts_in(sink.log)
    complaints = Oracle(plan, month.bans).complaints(log)
    codes = {code: sum(one.reply_code == code for one in log) for code in sorted({one.reply_code for one in log})}
    print(
        f"\n{len(plan.people):,} contacts, {days} days, {time.monotonic() - began:.0f} s; replies of the sink: {codes}"
    )
    print("what happened:", dict(sorted((why, month.runs[why]) for why in {one.why for one in month.bans})))
    print(f"sequences paused themselves {month.runs['shields']} times")
    print(f"{'part':<22}{'runs':>9}{'seconds':>9}{'ms a run':>10}")
    for part, seconds in sorted(month.seconds.items(), key=lambda one: -one[1]):
        print(f"{part:<22}{month.runs[part]:>9,}{seconds:>9.0f}{seconds / month.runs[part] * 1000:>10.1f}")
    print(f"\nthe oracle complains {len(complaints)} times")
    for complaint in complaints[:40]:
        print(" ", complaint)
    return 1 if complaints else 0


def _profiled(run: object) -> None:
    assert callable(run)
    place = os.environ.get("MONTH_PROFILE")
    if place is None:
        run()
        return
    profile = cProfile.Profile()
    try:
        profile.runcall(run)
    finally:
        profile.dump_stats(place)


if __name__ == "__main__":
    if "--inside" in sys.argv:
        where, *numbers = sys.argv[sys.argv.index("--inside") + 1 :]
        wanted = [int(one) for one in numbers]
        sys.exit(
            inside(
                Path(where),
                people=wanted[0] if wanted else 5000,
                days=wanted[1] if len(wanted) > 1 else 30,
            )
        )
    sys.exit(main())
