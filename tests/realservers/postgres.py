"""PostgreSQL: a private cluster with an ordinary role for the tests."""

import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg

from tests.realservers.programs import HOST, Program, free_port, is_root, short_directory

ORDINARY_ROLE = "mailhub"
_SUPERUSER = "postgres"
# A test cluster is thrown away, so nothing has to reach the disk.
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "max_connections": "200",
    "listen_addresses": HOST,
    "log_min_messages": "warning",
}


def is_installed() -> bool:
    """Say whether the server programs of any version are here."""
    return _programs() is not None


class Postgres:
    """A private cluster whose role `mailhub` is neither superuser nor exempt from row-level security."""

    def __init__(self) -> None:
        """Make the cluster; nothing runs before `start`. Raise FileNotFoundError when PostgreSQL is not installed."""
        programs = _programs()
        if programs is None:
            raise FileNotFoundError("PostgreSQL is missing: apt-get install postgresql")
        self._programs = programs
        self._root = short_directory()
        self._cluster = self._root / "cluster"
        self._port = free_port()
        # The server refuses to run as root.
        self._user = _unprivileged_user() if is_root() else None
        if self._user:
            shutil.chown(self._root, self._user)
        self._make_cluster()

    @property
    def url(self) -> str:
        """The database address of the ordinary role."""
        return f"postgres://{ORDINARY_ROLE}@{HOST}:{self._port}/{ORDINARY_ROLE}"

    @property
    def superuser_url(self) -> str:
        """The database address of the role that may do everything."""
        return f"postgres://{_SUPERUSER}@{HOST}:{self._port}/postgres"

    def start(self) -> None:
        """Start, and make the ordinary role with a database; raise NotStartedError when the server does not come up."""
        options = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        self._program = Program(
            [self._programs / "postgres", "-D", self._cluster, "-k", self._root, "-p", str(self._port), *options],
            log=self._root / "postgres.log",
            user=self._user,
            # "Immediate shutdown": nobody needs what is in the cluster.
            stop_signal=signal.SIGQUIT,
        )
        self._program.wait_for(self._answers)
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {ORDINARY_ROLE} LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS NOCREATEROLE")
            connection.execute(f"CREATE DATABASE {ORDINARY_ROLE} OWNER {ORDINARY_ROLE}")

    def stop(self) -> None:
        """End the server and remove the cluster."""
        self._program.stop()
        shutil.rmtree(self._root)

    def _make_cluster(self) -> None:
        subprocess.run(
            [
                *(self._programs / "initdb", "-D", self._cluster, "-U", _SUPERUSER, "-A", "trust"),
                *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            user=self._user,
            group=pwd.getpwnam(self._user).pw_gid if self._user else None,
            extra_groups=[] if self._user else None,
        )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.superuser_url, connect_timeout=3).close()
        except psycopg.OperationalError:
            return False
        return True


def _programs() -> Path | None:
    """Return the folder of the newest installed version."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    on_path = shutil.which("postgres")
    if not found:
        return Path(on_path).resolve().parent if on_path else None
    return max(found, key=lambda folder: float(folder.parent.name))


def _unprivileged_user() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
