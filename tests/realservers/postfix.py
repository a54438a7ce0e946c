"""Postfix: submission with SASL from Dovecot, delivery into Dovecot by LMTP. It needs root."""

import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from tests.realservers.certificates import Certificates
from tests.realservers.configuration import render
from tests.realservers.directory import Directory
from tests.realservers.programs import Program, free_port, greets

_DAEMONS = Path("/usr/lib/postfix/sbin")
_QUEUES = ["active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace"]


def is_installed() -> bool:
    """Say whether Postfix is here."""
    return (_DAEMONS / "master").exists()


class Postfix:
    """A private Postfix; `ports` names its services: smtp (with STARTTLS) and smtps."""

    def __init__(
        self,
        directory: Path,
        certificates: Certificates,
        users: Directory,
        *,
        dovecot_ports: Mapping[str, int],
    ) -> None:
        """Write the configuration and the queue into the empty `directory`."""
        self._directory = directory
        self._configuration = directory / "etc"
        self.ports = {service: free_port() for service in ("smtp", "smtps")}
        for name in ("etc", "data", "log", "spool"):
            (directory / name).mkdir()
        shutil.chown(directory / "data", "postfix", "postfix")
        self._make_queues()
        values = {
            "directory": directory,
            "daemons": _DAEMONS,
            "certificate_file": certificates.certificate_file,
            "key_file": certificates.key_file,
            "directory_service": users.serve_tcp_table(),
            "lmtp": dovecot_ports["lmtp"],
            "sasl": dovecot_ports["sasl"],
            **self.ports,
        }
        for name in ("main.cf", "master.cf"):
            path = render(name, self._configuration, values)
            # Postfix waits until a configuration file is older than two seconds.
            os.utime(path, (time.time() - 60,) * 2)

    def start(self) -> None:
        """Start and wait until it greets; raise NotStartedError when it does not."""
        # `postfix start` sleeps and checks for seconds, so master(8) is our own child.
        self._program = Program(
            [_DAEMONS / "master", "-c", self._configuration, "-s"],
            log=self._directory / "log" / "master.log",
            environment={**os.environ, "MAIL_CONFIG": str(self._configuration)},
        )
        self._program.wait_for(lambda: greets(self.ports["smtp"], b"220 "))

    def stop(self) -> None:
        """End the server; mail that is still queued is lost."""
        # master(8) takes three seconds to end by itself.
        self._program.stop(seconds=0.2)

    def _make_queues(self) -> None:
        spool = self._directory / "spool"
        for name in _QUEUES:
            (spool / name).mkdir(mode=0o700)
            shutil.chown(spool / name, "postfix", "root")
        for name, mode in (("maildrop", 0o730), ("public", 0o710)):
            (spool / name).mkdir()
            shutil.chown(spool / name, "postfix", "postdrop")
            (spool / name).chmod(mode)
        (spool / "pid").mkdir(mode=0o755)
