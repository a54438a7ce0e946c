"""Each statement carries its scope.

A setting of the session would survive on the connection and leak through a pooler; one of the transaction would need
an explicit transaction around every read. PostgreSQL runs the statements of one simple query as one transaction
(Protocol, "Multiple Statements in a Simple Query"), so the setting goes in front of the statement: no further round
trip, and it ends with the statement or the transaction around it.
"""

from typing import Any, Self

import psycopg
from django.db import NotSupportedError
from django.db.backends.postgresql import base, schema
from psycopg.pq import TransactionStatus

from mailhub.tenancy.scope import setting_for_database, unscoped

SETTING = "mailhub.scope"


class ScopedCursor(base.CursorMixin, psycopg.ClientCursor[Any]):
    """Sends the scope in front of each statement; without an open scope, policies raise."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        scope = setting_for_database()
        status = self.connection.info.transaction_status
        if scope is None and status == TransactionStatus.INTRANS:
            # A scope that was closed within the transaction must not live on in it.
            scope = ""
        if scope is None or status == TransactionStatus.INERROR or not isinstance(query, str):
            return super().execute(query, params, **options)
        if isinstance(params, tuple | list) and params:
            # As a parameter: psycopg keeps how it took a statement apart, so its text must not differ by scope.
            super().execute(f"SELECT set_config('{SETTING}', %s, true); {query}", (scope, *params), **options)
        else:
            # The value is a number, the word "all" or empty, never text from outside.
            super().execute(f"SELECT set_config('{SETTING}', '{scope}', true); {query}", params, **options)
        self.nextset()
        return self

    def executemany(self, query: Any, params_seq: Any, *, returning: bool = False) -> None:
        """One statement for each set of parameters, because each carries its scope."""
        if returning:
            raise NotSupportedError("executemany(returning=True) would lose the scope: execute one by one.")
        for params in params_seq:
            self.execute(query, params)


class SchemaEditor(schema.DatabaseSchemaEditor):
    """Changes tables of every tenant: PostgreSQL reads their rows to check a new constraint, under the policies too."""

    def execute(self, sql: Any, params: Any = ()) -> None:
        with unscoped("a migration checks the rows of every tenant"):
            super().execute(sql, params)


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = SchemaEditor

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        connection.cursor_factory = ScopedCursor
        return connection

    def init_connection_state(self) -> None:
        super().init_connection_state()
        # Compiling pays off for queries that run for seconds. A search that PostgreSQL thinks to be one took 3 s to
        # compile and 15 ms to run. A pooler that forgets this costs time only.
        self.connection.execute("SET jit = off")
        if not self.get_autocommit():
            self.connection.commit()
