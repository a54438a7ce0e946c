"""What it costs to find and claim the next mails of sequences, by how many contacts are enrolled (SPEC S3).

`python -m benchmarks.sequences_claiming` fills three databases of a throw-away PostgreSQL: 10,000 enrollments of which
1,000 are due (the anchor), 1,000,000 of which 1,000 are due, and 1,000,000 of which 1,000 are due in active sequences
and 800,000 in sequences that pause. All three are asked in turn, `BENCH_ROUNDS` times (40). It prints medians, their
ratio to the anchor, and the plans of the two large ones. The exit status is 1 when something costs three times as much.
"""

import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from statistics import median
from typing import Any

import psycopg

from tests.realservers import postgres

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "40"))
# How much dearer than the anchor something may be; what is shorter than a millisecond is noise.
MOST_RATIO, FLOOR_MILLISECONDS = 3.0, 1.0
TENANTS, SEQUENCES, DUE = 20, 5, 1_000
SMALL, LARGE = 10_000, 1_000_000

# Contacts of each tenant, each in all of its sequences.
_FILL = (
    "SET session_replication_role = replica",
    """INSERT INTO sequences_contact (id, tenant_id, address, written_address, domain, first_name, last_name, company,
       job_title, phone, time_zone, custom, created_at, changed_at)
       SELECT gen_random_uuid(), t.tenant_id, 'c' || n || '@customer.example', 'c' || n || '@customer.example',
       'customer.example', 'Ada', '', '', '', '', '', '{{}}', now(), now()
       FROM (SELECT DISTINCT tenant_id FROM sequences_sequence) t, generate_series(1, {contacts}) n""",
    """INSERT INTO sequences_enrollment (id, tenant_id, sequence_id, contact_id, server_id, server_choice, state, cause,
       cause_words, step_id, due_at, due_because, added_at, changed_at)
       SELECT gen_random_uuid(), s.tenant_id, s.id, c.id, s.server_id, 'default',
       CASE WHEN random() < 0.3 THEN 'finished' ELSE 'active' END, '', '', p.id,
       now() + interval '1 day' + random() * interval '20 days', '', now(), now()
       FROM sequences_sequence s JOIN sequences_contact c USING (tenant_id)
       JOIN sequences_step p ON p.sequence_id = s.id""",
    "UPDATE sequences_enrollment SET due_at = NULL WHERE state = 'finished'",
    """UPDATE sequences_enrollment SET due_at = now() - random() * interval '1 hour' WHERE id IN
       (SELECT e.id FROM sequences_enrollment e JOIN sequences_sequence s ON s.id = e.sequence_id
       WHERE e.state = 'active' AND s.state = 'active' ORDER BY e.id LIMIT {due})""",
)
# Of the five sequences of each tenant four pause, and everybody in them is due.
_PAUSE = (
    """UPDATE sequences_sequence SET state = 'paused' WHERE id IN
       (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY tenant_id ORDER BY id) AS n
       FROM sequences_sequence) s WHERE n > 1)""",
)
_MAKE_DUE = """UPDATE sequences_enrollment e SET state = 'active', due_at = now() - random() * interval '9 days' FROM
   sequences_sequence s WHERE s.id = e.sequence_id AND s.state = 'paused'"""


def main() -> int:
    """Start a cluster and run the second half in a process whose settings point there; return its exit status."""
    cluster = postgres.Postgres()
    cluster.start()
    try:
        environment = {**os.environ, "DATABASE_URL": cluster.url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        command = [sys.executable, "-m", "benchmarks.sequences_claiming", "--inside", cluster.superuser_url]
        return subprocess.run(command, env=environment, check=False).returncode
    finally:
        cluster.stop()


def inside(superuser_url: str) -> int:
    """Fill the databases, ask them in turn, and print what it took."""
    import django  # noqa: PLC0415 (only here does DATABASE_URL point to the cluster)

    django.setup()

    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    _sequences()
    connection.close()
    names = {"10,000": "mailhub", "1,000,000": "large", "800,000 due and paused": "paused"}
    server = superuser_url.rpartition("/")[0]
    with psycopg.connect(superuser_url, autocommit=True) as rows:
        for name in ("large", "paused"):
            rows.execute(f"CREATE DATABASE {name} TEMPLATE mailhub OWNER mailhub")
    for name, count in (("mailhub", SMALL), ("large", LARGE), ("paused", LARGE)):
        began = time.monotonic()
        _fill(f"{server}/{name}", count=count, is_paused=name == "paused")
        print(f"filled {name} in {time.monotonic() - began:.0f} s", flush=True)
    return _report(names)


def _sequences() -> None:
    from tests.factories import make_person, make_tenant  # noqa: PLC0415
    from tests.sequences.factories import make_marketing_mailbox, make_sequence  # noqa: PLC0415

    for number in range(TENANTS):
        tenant = make_tenant(f"Tenant {number}")
        person, mailbox = make_person(tenant), make_marketing_mailbox(tenant)
        for _ in range(SEQUENCES):
            make_sequence(mailbox, author=person)


def _fill(url: str, *, count: int, is_paused: bool) -> None:
    contacts = count // TENANTS // SEQUENCES
    statements = [*(_PAUSE if is_paused else ()), *(one.format(contacts=contacts, due=DUE) for one in _FILL)]
    if is_paused:
        statements.append(_MAKE_DUE)
    with psycopg.connect(url, autocommit=True) as rows:
        for statement in (*statements, "VACUUM ANALYZE"):
            rows.execute(statement)


def _report(names: dict[str, str]) -> int:
    taken: dict[str, dict[str, list[float]]] = {name: defaultdict(list) for name in names}
    for number in range(ROUNDS + 1):
        for name, database in names.items():
            _connect(database)
            for what, function in _asked().items():
                milliseconds = _milliseconds(function)
                # The first round finds nothing in any cache.
                if number:
                    taken[name][what].append(milliseconds)
    anchor, *large = names
    print(f"\nmedians of {ROUNDS} rounds, ms\n{'':<34}{anchor:>10}" + "".join(f"{one[:24]:>28}" for one in large))
    worst = 0.0
    for what in _asked():
        base = median(taken[anchor][what])
        figures = f"{what:<34}{base:>10.2f}"
        for name in large:
            found = median(taken[name][what])
            ratio = max(found, FLOOR_MILLISECONDS) / max(base, FLOOR_MILLISECONDS)
            worst = max(worst, ratio)
            figures += f"{found:>18.2f}  ({ratio:>4.1f} x)"
        print(figures)
    for name in large:
        _connect(names[name])
        _explain(name)
    print(f"\nthe dearest costs {worst:.1f} times the anchor; {MOST_RATIO:.0f} is the most that is right")
    return 1 if worst > MOST_RATIO else 0


def _connect(database: str) -> None:
    from django.db import connection  # noqa: PLC0415

    connection.close()
    connection.settings_dict["NAME"] = database
    connection.ensure_connection()


def _milliseconds(function: Callable[[], Any]) -> float:
    """Time one look; what it changed is taken back."""
    from django.db import transaction  # noqa: PLC0415

    from mailhub.tenancy.scope import unscoped  # noqa: PLC0415

    with unscoped("a benchmark asks for what is due everywhere"), transaction.atomic():
        began = time.perf_counter()
        function()
        passed = (time.perf_counter() - began) * 1000
        transaction.set_rollback(True)
    return passed


def _asked() -> dict[str, Callable[[], Any]]:
    from mailhub import clock  # noqa: PLC0415
    from mailhub.tenancy.models import Tenant  # noqa: PLC0415
    from mailhub.tenancy.scope import tenant_scope  # noqa: PLC0415
    from sequences.models import Sequence  # noqa: PLC0415
    from sequences.running import claiming, following, losing  # noqa: PLC0415

    now = clock.now()

    def of_tenant() -> object:
        tenant_id = Tenant.objects.get(name="Tenant 0").pk
        with tenant_scope(tenant_id):
            return claiming.sequences_with_due(now=now)

    def batch() -> object:
        sequence = Sequence.objects.filter(state=Sequence.State.ACTIVE).order_by("id").first()
        assert sequence is not None
        with tenant_scope(sequence.tenant_id):
            return claiming.claim(sequence.pk, limit=5, now=now)

    return {
        "the clock: tenants with due": lambda: claiming.tenants_with_due(now=now),
        "a run: sequences with due": of_tenant,
        "a run: claim of a batch": batch,
        "the sweep: forgotten contacts": lambda: following.forgotten(now=now),
        "the sweep: back, or without server": lambda: losing.tenants_to_look_after(now=now),
    }


def _explain(name: str) -> None:
    """Print the plan of each statement that reads enrollments."""
    from django.db import connection, transaction  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    from mailhub.tenancy.scope import unscoped  # noqa: PLC0415

    for what, function in _asked().items():
        with unscoped("a benchmark looks at plans"), transaction.atomic(), CaptureQueriesContext(connection) as asked:
            function()
            transaction.set_rollback(True)
        for query in asked:
            # The scope is told to the database in front of each statement.
            sql = query["sql"].rpartition("true); ")[2]
            if "sequences_enrollment" in sql and sql.startswith("SELECT"):
                print(f"\n== {name}: {what}\n{sql[:160]} …")
                with unscoped("a benchmark looks at plans"), transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {sql.replace('%', '%%')}")
                    print("\n".join(line for (line,) in cursor.fetchall()))


if __name__ == "__main__":
    sys.exit(inside(sys.argv[-1]) if "--inside" in sys.argv else main())
