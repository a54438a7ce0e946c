"""How long the end of a month takes for 10,000 accounts on PostgreSQL (SPEC B4).

`python -m benchmarks.month_end [ACCOUNTS]` fills a throw-away PostgreSQL: each account has a subscription with about
ten rows in its ledger, every third one is beyond its plan, and for one of them no rate of tax is entered. One worker
closes all months. The anchor, measured between its batches, is how long the bare rows of one account take: a
transaction that writes a period, an invoice and a line, and touches the issuer and a subscription. The exit status is 1
when 10,000 accounts took, or would take, more than a minute, or when anything else than the one account is left.
"""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import psycopg

from tests.realservers import postgres

ACCOUNTS = 10_000
MOST_SECONDS = 60.0
# So many accounts' bare rows are written between two batches.
ANCHORS = 10
BEGINS, ENDS = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)

# Accounts with their ledgers: eight mailboxes before the month; every third account has six more, of which two go.
_FILL = (
    """INSERT INTO tenancy_tenant (id, public_id, name, is_platform, wrapped_key, created_at, time_zone, standing)
       SELECT n, gen_random_uuid(), 'Account ' || n, false, '', now(), 'UTC', 'good'
       FROM generate_series(100, 99 + {accounts}) n""",
    """INSERT INTO billing_subscription (id, tenant_id, plan_id, name, started_at, active_count, month, billed_until,
       closes_at, closing_error)
       SELECT gen_random_uuid(), t.id, p.id, 'Main', '{begins}'::timestamptz - interval '90 days',
       CASE WHEN t.id % 3 = 0 THEN 12 ELSE 8 END, '{begins}'::date, '{begins}', '{ends}', ''
       FROM tenancy_tenant t JOIN billing_plan p ON p.code = 'standard' AND p.is_current WHERE t.id >= 100""",
    """INSERT INTO billing_planchange (id, tenant_id, subscription_id, plan_id, at)
       SELECT gen_random_uuid(), tenant_id, id, plan_id, started_at FROM billing_subscription""",
    """INSERT INTO billing_activation (id, tenant_id, subscription_id, mailbox_id, mailbox_name, change, at)
       SELECT gen_random_uuid(), s.tenant_id, s.id, md5(s.id::text || n)::uuid, 'Box ' || n, 1,
       CASE WHEN n <= 8 THEN s.started_at ELSE '{begins}'::timestamptz + n * interval '1 day' END
       FROM billing_subscription s, generate_series(1, 14) n WHERE n <= 8 OR s.tenant_id % 3 = 0""",
    """INSERT INTO billing_activation (id, tenant_id, subscription_id, mailbox_id, mailbox_name, change, at)
       SELECT gen_random_uuid(), s.tenant_id, s.id, md5(s.id::text || n)::uuid, 'Box ' || n, -1,
       '{begins}'::timestamptz + interval '20 days' FROM billing_subscription s, generate_series(13, 14) n
       WHERE s.tenant_id % 3 = 0""",
    "UPDATE billing_issuer SET vat_id = 'DE999999995', country = 'DE'",
    """INSERT INTO billing_billingprofile (id, tenant_id, company, address, country, vat_id, email, reference, method,
       gateway_customer, gateway_card, card_brand, card_last4)
       SELECT gen_random_uuid(), id, name, '', CASE WHEN id = 100 THEN 'GR' ELSE 'DE' END, '', '', '', 'transfer', '',
       '', '', '' FROM tenancy_tenant WHERE id >= 100""",
    "DELETE FROM billing_taxrate WHERE country = 'GR'",
    "VACUUM ANALYZE",
)

_ANCHOR_TABLES = (
    "CREATE TABLE anchor_period (LIKE billing_period INCLUDING ALL)",
    "CREATE TABLE anchor_invoice (LIKE billing_invoice INCLUDING ALL)",
    "CREATE TABLE anchor_line (LIKE billing_invoiceline INCLUDING ALL)",
)


def main() -> int:
    """Start a cluster and run the second half in a process whose settings point there; return its exit status."""
    accounts = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdecimal() else ACCOUNTS
    cluster = postgres.Postgres()
    cluster.start()
    try:
        environment = {
            **os.environ,
            "DATABASE_URL": cluster.url,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            # With it each query is written down, and what is measured is the writing.
            "DEBUG": "false",
            # The one account that fails says so at length.
            "LOG_LEVEL": "CRITICAL",
        }
        everything = cluster.superuser_url.rpartition("/")[0] + "/" + postgres.ORDINARY_ROLE
        command = [sys.executable, "-m", "benchmarks.month_end", "--inside", str(accounts), everything]
        return subprocess.run(command, env=environment, check=False).returncode
    finally:
        cluster.stop()


def inside(accounts: int, superuser_url: str) -> int:
    """Fill the tables, close the month and print how long it took; return 1 where the goal is missed."""
    import django  # noqa: PLC0415 (only here does DATABASE_URL point to the cluster)

    django.setup()

    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    with psycopg.connect(superuser_url, autocommit=True) as rows:
        for statement in _FILL:
            rows.execute(statement.format(accounts=accounts, begins=BEGINS.isoformat(), ends=ENDS.isoformat()))
    print(f"{accounts:,} accounts")
    _explain("the look-up of what is due, before anything is closed")
    with psycopg.connect(superuser_url, autocommit=True) as rows:
        seconds, anchors, busy = _close_everything(rows)
    _explain("and when everything is closed")
    return _report(accounts, seconds, anchor=median(anchors), busy=busy)


def _report(accounts: int, seconds: list[float], *, anchor: float, busy: float) -> int:
    closed, failed, numbers = _what_is_there()
    whole = sum(seconds)
    for_all = whole / max(closed, 1) * ACCOUNTS
    ordered = sorted(seconds)
    print(f"\n{closed:,} closed in {whole:.1f} s by one worker; {ACCOUNTS:,} take {for_all:.0f} s")
    print(f"a batch: median {median(seconds) * 1000:.0f} ms, slowest {ordered[-1] * 1000:.0f} ms")
    each = whole / max(closed, 1) * 1000
    print(f"of each closing the worker itself computes {busy / max(closed, 1) * 1000:.2f} ms; the rest is waiting")
    print(f"one closing: {each:.2f} ms; the bare rows (anchor): {anchor * 1000:.2f} ms; {each / anchor / 1000:.1f} x")
    print(f"failed and left for later: {failed}; documents without a gap: {numbers}")
    return 0 if for_all <= MOST_SECONDS and (closed, failed, numbers) == (accounts - 1, 1, accounts - 1) else 1


def _close_everything(rows: psycopg.Connection[Any]) -> tuple[list[float], list[float], float]:
    """Close all months. Return how long each batch took, how long the bare rows of an account took between any two of
    them, and how long the processor was busy with this process for the batches.
    """
    from billing.closing import due  # noqa: PLC0415

    for statement in _ANCHOR_TABLES:
        rows.execute(statement)
    taken: list[float] = []
    anchors: list[float] = []
    busy, closed = 0.0, 1
    while closed:
        anchors += [_bare_seconds(rows, len(anchors) + number) for number in range(ANCHORS)]
        computing, began = time.process_time(), time.perf_counter()
        # A run that ends after its first batch, so that each batch can be timed.
        closed = due.close_due(now=lambda: ENDS + timedelta(minutes=1), seconds=0)
        taken.append(time.perf_counter() - began)
        busy += time.process_time() - computing
    return taken, anchors, busy


def _what_is_there() -> tuple[int, int, int]:
    """Return how many are closed and how many wait with an error, and the last number, or -1 where one is missing."""
    from billing.models import Invoice, Issuer, Period, Subscription  # noqa: PLC0415
    from mailhub.tenancy.scope import unscoped  # noqa: PLC0415

    with unscoped("a benchmark counts"):
        numbers = sorted(Invoice.objects.values_list("number", flat=True))
        last = Issuer.objects.default().last_number
        is_gapless = numbers == list(range(1, last + 1))
        failed = Subscription.objects.exclude(closing_error="").count()
        return Period.objects.count(), failed, last if is_gapless else -1


def _bare_seconds(rows: psycopg.Connection[Any], number: int) -> float:
    began = time.perf_counter()
    _bare(rows, number)
    return time.perf_counter() - began


def _bare(rows: psycopg.Connection[Any], number: int) -> None:
    with rows.transaction():
        rows.execute(
            """INSERT INTO anchor_period (id, tenant_id, subscription_id, month, time_zone, begins, ends, closed_at,
               peak_active, peak_included, currency, net_minor, remark) VALUES (gen_random_uuid(), %s,
               gen_random_uuid(), now(), 'UTC', now(), now(), now(), 8, 10, 'EUR', 1000, '')""",
            [number],
        )
        rows.execute("UPDATE billing_subscription SET active_count = active_count WHERE tenant_id = %s", [100 + number])
        rows.execute("UPDATE billing_issuer SET last_number = last_number")
        rows.execute(
            """INSERT INTO anchor_invoice (id, tenant_id, issuer_id, number, code, subscription_id, period_id, kind,
               state, reason, issued_at, issued_on, due_on, seller, buyer, currency, net_minor, tax_rate, tax_note,
               tax_minor, total_minor, paid_minor, credited_minor, pdf_blob) VALUES (gen_random_uuid(), %s, 1, %s, '',
               gen_random_uuid(), gen_random_uuid(), 'invoice', 'open', '', now(), now(), now(), '{}', '{}', 'EUR',
               1000, 1900, '', 190, 1190, 0, 0, '')""",
            [number, number],
        )
        rows.execute(
            """INSERT INTO anchor_line (id, tenant_id, invoice_id, position, kind, words, quantity, unit_minor,
               net_minor, begins, ends, evidence) VALUES (gen_random_uuid(), %s, gen_random_uuid(), 1, 'plan', '', 31,
               1000, 1000, now(), now(), '[]')""",
            [number],
        )


def _explain(when: str) -> None:
    """Print the plan of the look-up as the worker makes it, with row-level security on."""
    from django.db import connection, transaction  # noqa: PLC0415

    from billing.models import Subscription  # noqa: PLC0415
    from mailhub.tenancy.scope import unscoped  # noqa: PLC0415

    with unscoped("a benchmark looks at plans"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE billing_subscription")
        due = Subscription.objects.due_to_close(now=ENDS + timedelta(minutes=1))
        rows = due.select_for_update(of=("self",), skip_locked=True).values_list("tenant_id", "pk")[:50]
        print(f"\n{when}:\n{rows.explain(analyze=True, buffers=True)}")


if __name__ == "__main__":
    if "--inside" in sys.argv:
        sys.exit(inside(int(sys.argv[-2]), sys.argv[-1]))
    sys.exit(main())
