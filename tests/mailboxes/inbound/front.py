"""A Postfix in front of the listener, set up as docs/for-operators.md says. It needs root."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.mailboxes.inbound.running import DOMAIN, Client
from tests.realservers.configuration import render
from tests.realservers.postfix import Postfix
from tests.realservers.programs import free_port, short_directory

_DAEMONS = Path("/usr/lib/postfix/sbin")
# The last lines are only so that a test does not wait, and sees bounces.
_MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {directory}/spool
data_directory = {directory}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
meta_directory = {directory}/etc
mail_owner = postfix
setgid_group = postdrop
maillog_file = {directory}/log/postfix.log
maillog_file_prefixes = {directory}
import_environment = MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ LANG=C
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 192.0.2.1/32
myhostname = mx.front.example
mydestination =
local_recipient_maps =
alias_maps =
alias_database =

relay_domains = {domain}
relay_transport = {transport}
smtpd_recipient_restrictions = reject_unauth_destination, reject_unverified_recipient
unverified_recipient_reject_code = 550

default_transport = error:5.1.2 there is no outside world
recipient_delimiter = +
smtpd_peername_lookup = no
smtpd_error_sleep_time = 0
disable_dns_lookups = yes
smtp_dns_support_level = disabled
lmtp_host_lookup = native
smtp_host_lookup = native
address_verify_poll_delay = 1s
address_verify_negative_refresh_time = 1s
queue_run_delay = 3s
minimal_backoff_time = 3s
maximal_backoff_time = 3s
"""


class Front(Postfix):
    """A private Postfix that hands mail for direct addresses to the listener."""

    def __init__(self, directory: Path, *, transport: str) -> None:
        """Write the configuration and the queue into the empty `directory`; `transport` leads to the listener."""
        self._directory = directory
        self._configuration = directory / "etc"
        self.ports = {service: free_port() for service in ("smtp", "smtps")}
        for name in ("etc", "data", "log", "spool"):
            (directory / name).mkdir()
        shutil.chown(directory / "data", "postfix", "postfix")
        self._make_queues()
        main = self._configuration / "main.cf"
        main.write_text(_MAIN_CF.format(directory=directory, daemons=_DAEMONS, domain=DOMAIN, transport=transport))
        for path in (main, render("master.cf", self._configuration, self.ports)):
            # Postfix waits until a configuration file is older than two seconds.
            os.utime(path, (time.time() - 60,) * 2)

    def client(self) -> Client:
        """Return a client that has said EHLO."""
        return Client(self.ports["smtp"], "EHLO")

    def wait_until(self, is_true: Callable[[], bool], *, seconds: float = 60) -> None:
        """Return as soon as `is_true` says so; raise TimeoutError, with the log, when it does not in time."""
        deadline = time.monotonic() + seconds
        while not is_true():
            if time.monotonic() > deadline:
                raise TimeoutError(f"Not so after {seconds} seconds:\n{self.log()}")
            time.sleep(0.05)

    def log(self) -> str:
        return (self._directory / "log" / "postfix.log").read_text()


@contextmanager
def postfix_in_front(transport: str) -> Iterator[Front]:
    """Run a Postfix until the end of the block."""
    directory = short_directory()
    front = Front(directory, transport=transport)
    front.start()
    try:
        yield front
    finally:
        front.stop()
        shutil.rmtree(directory)
