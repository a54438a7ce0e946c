"""The private PostgreSQL cluster gives tests the role that production has."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.realservers.missing import require
from tests.realservers.postgres import ORDINARY_ROLE, Postgres


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    require("postgresql")
    server = Postgres()
    server.start()
    yield server
    server.stop()


def test_the_ordinary_role_obeys_row_level_security(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url) as connection:
        row = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        ).fetchone()

    assert row == (False, False, True)


def test_the_ordinary_role_may_make_a_test_database_with_extensions(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE test_mailhub")

    with psycopg.connect(postgres.url, dbname="test_mailhub", autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        row = connection.execute("SELECT 'mailhub' % 'mailbub', current_user").fetchone()

    assert row == (True, ORDINARY_ROLE)
