"""Row-level security on PostgreSQL: a query that forgot its scope is an error there too, never an answer.

The policies read the setting that mailhub.tenancy.postgresql sends. An unset one is "unrecognized" or empty, and both
raise: with the usual `missing_ok` an unscoped read would see an empty table, and a poll would take it for an empty
mailbox. The role of the application must be neither superuser nor have BYPASSRLS.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

from mailhub.tenancy.composite_keys import tenant_tables
from mailhub.tenancy.postgresql.base import SETTING

POLICY = "mailhub_tenant"
# The first one, under which two updates of one row at the same moment could fail.
_FORMER_POLICY = "mailhub_scope"

# Sub-selects are evaluated once for each statement, not once for each row. When PostgreSQL looks again at a row that
# changed under an update (EvalPlanQual), it evaluates both whichever way CASE goes: NULLIF, because "all" is no number.
_CONDITION = (
    f"CASE WHEN (SELECT current_setting('{SETTING}')) = 'all' THEN true "
    f"ELSE tenant_id = (SELECT NULLIF(current_setting('{SETTING}'), 'all')::bigint) END"
)


def install(connection: BaseDatabaseWrapper) -> None:
    """Protect every table of tenant rows that is there. Idempotent; nothing to do on SQLite."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for table in sorted(missing(connection)):
            cursor.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
            cursor.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
            cursor.execute(f'CREATE POLICY {POLICY} ON "{table}" USING ({_CONDITION}) WITH CHECK ({_CONDITION})')
            cursor.execute(f'DROP POLICY IF EXISTS {_FORMER_POLICY} ON "{table}"')


def missing(connection: BaseDatabaseWrapper) -> set[str]:
    """Return the tables of tenant rows that have no policy, among those that exist."""
    if connection.vendor != "postgresql":
        return set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_policies WHERE policyname = %s", [POLICY])
        protected = {row[0] for row in cursor.fetchall()}
        tables = set(connection.introspection.table_names(cursor))
    return (set(tenant_tables()) & tables) - protected


def role_bypasses(connection: BaseDatabaseWrapper) -> bool:
    """Whether the role that we connect as would not be held by the policies."""
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        row = cursor.fetchone()
    return bool(row and row[0])
