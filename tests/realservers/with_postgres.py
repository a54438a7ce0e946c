"""Runs a command on a private PostgreSQL, whose address it finds in DATABASE_URL.

usage: python -m tests.realservers.with_postgres COMMAND …
"""

import os
import subprocess
import sys

from tests.realservers import postgres


def main() -> int:
    """Return the exit status of the command; 0 after a word of warning when PostgreSQL is missing, but 1 if CI=true."""
    if not postgres.is_installed():
        print("SKIPPED: postgresql is missing, nothing ran on it: apt-get install postgresql")
        return 1 if os.environ.get("CI") == "true" else 0
    server = postgres.Postgres()
    server.start()
    try:
        return subprocess.run(sys.argv[1:], env={**os.environ, "DATABASE_URL": server.url}, check=False).returncode
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main())
