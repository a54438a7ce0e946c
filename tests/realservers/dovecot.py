"""Dovecot: IMAP, POP3, LMTP, and the sign-in service that Postfix uses."""

import grp
import os
import pwd
import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.realservers.certificates import Certificates
from tests.realservers.configuration import render
from tests.realservers.directory import MailUser
from tests.realservers.programs import Program, free_port, greets, is_root

_PROGRAM = Path("/usr/sbin/dovecot")
_PROTOCOLS = tuple(Path("/usr/lib/dovecot") / name for name in ("imap", "pop3", "lmtp"))
_SERVICES = ("imap", "imaps", "pop3", "pop3s", "lmtp", "sasl")


def is_installed() -> bool:
    """Say whether Dovecot is here with all three protocols."""
    return _PROGRAM.exists() and all(protocol.exists() for protocol in _PROTOCOLS)


class Dovecot:
    """A private Dovecot; `ports` names its services: imap, imaps, pop3, pop3s, lmtp, sasl."""

    def __init__(
        self, directory: Path, certificates: Certificates, *, introspection_port: int, process_limit: int
    ) -> None:
        """Write the configuration into the empty `directory`; `process_limit` is the most sessions of a protocol."""
        self._directory = directory
        self._users = directory / "users"
        self._user = pwd.getpwnam("nobody") if is_root() else pwd.getpwuid(os.geteuid())
        self.ports = {service: free_port() for service in _SERVICES}
        for name in ("run", "state", "mail", "users"):
            (directory / name).mkdir()
        values = {
            "directory": directory,
            "user": self._user.pw_name,
            "group": grp.getgrgid(self._user.pw_gid).gr_name,
            "certificate_file": certificates.certificate_file,
            "key_file": self._own_copy(certificates.key_file),
            "introspection": introspection_port,
            "process_limit": process_limit,
            "client_limit": 4 * process_limit,
            **self.ports,
        }
        render("dovecot.conf", directory, values)
        render("oauth2.conf", directory, values)

    def start(self) -> None:
        """Start and wait until it greets on IMAP; raise NotStartedError when it does not."""
        log = self._directory / "dovecot.log"
        log.touch()
        if is_root():
            self._give_away()
        self._program = Program(
            [_PROGRAM, "-F", "-c", self._directory / "dovecot.conf"],
            log=log,
            user=self._user.pw_name,
        )
        self._program.wait_for(lambda: greets(self.ports["imap"], b"* OK"))
        self._program.wait_for(lambda: greets(self.ports["lmtp"], b"220 "))

    def stop(self) -> None:
        """End the server."""
        self._program.stop()

    def add_user(self, user: MailUser, settings: Mapping[str, str] | None = None) -> None:
        """Let the user sign in from now on; `settings` of Dovecot are other ones for this user."""
        complete = self._directory / "new-user"
        own = " ".join(f"userdb_{name}={value}" for name, value in (settings or {}).items())
        complete.write_text(f"{user.address}:{{PLAIN}}{user.password}::::::{own}\n")
        complete.chmod(0o644)
        complete.rename(self._users / user.address)

    def _own_copy(self, key_file: Path) -> Path:
        return Path(shutil.copy(key_file, self._directory / "key.pem"))

    def _give_away(self) -> None:
        for path in (self._directory, *self._directory.rglob("*")):
            os.chown(path, self._user.pw_uid, self._user.pw_gid)
