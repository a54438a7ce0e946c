"""A complete installation for a browser: web, workers and clock as their own processes on the test database."""

import http.client
import os
import sys
from contextlib import ExitStack
from pathlib import Path

from tests.realservers.programs import HOST, Program, free_port

PROJECT = Path(__file__).resolve().parents[2]


class Installation:
    """Web, two workers and the clock, started from the environment that the test gives."""

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self._directory = directory
        self._port = free_port()
        self.address = f"http://{HOST}:{self._port}"
        self._environment = {
            **os.environ,
            **environment,
            "PYTHONPATH": str(PROJECT),
            "DJANGO_SETTINGS_MODULE": "mailhub.settings",
            "DEBUG": "true",
            "SECRET_KEY": "only-for-tests",
            "SITE_URL": self.address,
            "ALLOWED_HOSTS": HOST,
            "LOG_LEVEL": "INFO",
        }

    def start(self) -> None:
        """Start all parts and wait until /healthz says that they are up."""
        celery = [sys.executable, "-m", "celery", "-A", "mailhub.celery"]
        with ExitStack() as cleanup:
            self._run(cleanup, "waiting", [*celery, "worker", "-P", "threads", "-c", "8", "-Q", "poll,deliver"])
            self._run(cleanup, "working", [*celery, "worker", "-P", "prefork", "-c", "1", "-Q", "receive,default"])
            self._run(cleanup, "clock", [*celery, "beat", "--pidfile=", "-s", str(self._directory / "schedule")])
            web = [sys.executable, "-m", "uvicorn", "mailhub.asgi:application", "--host", HOST, "--port"]
            program = self._run(cleanup, "web", [*web, str(self._port), "--timeout-graceful-shutdown", "1"])
            program.wait_for(self._is_healthy, seconds=60)
            self._cleanup = cleanup.pop_all()

    def stop(self) -> None:
        self._cleanup.close()

    def log(self) -> str:
        """Return what all parts wrote, for a test that looks for what must not be there."""
        return "\n".join(path.read_text(errors="replace") for path in sorted(self._directory.glob("*.log")))

    def _run(self, cleanup: ExitStack, name: str, command: list[str]) -> Program:
        node = ["-n", f"{name}-{self._port}@%h"] if "worker" in command else []
        log = self._directory / f"{name}.log"
        program = Program([*command, *node], log=log, environment=self._environment)
        cleanup.callback(program.stop)
        return program

    def _is_healthy(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self._port, timeout=2)
        try:
            connection.request("GET", "/healthz", headers={"Host": f"{HOST}:{self._port}"})
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
