"""mbsync as an anchor: it fetches the same mailbox into a Maildir, with and without waiting for the disk."""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from tests.realservers.directory import MailUser
from tests.realservers.mail import MailServers

_CONFIGURATION = """\
FSync {fsync}

IMAPAccount far
Host localhost
Port {port}
User {user}
Pass {password}
SSLType IMAPS
CertificateFile {ca_file}

IMAPStore far
Account far

MaildirStore near
Path {directory}/mail/
Inbox {directory}/mail/INBOX

Channel all
Far :far:INBOX
Near :near:INBOX
Sync Pull
Create Near
SyncState {directory}/
"""


def is_installed() -> bool:
    return shutil.which("mbsync") is not None


def seconds(servers: MailServers, user: MailUser, *, fsync: bool) -> float:
    """Return how long mbsync takes to fetch everything."""
    with tempfile.TemporaryDirectory(prefix="mailhub-mbsync-") as directory:
        Path(directory, "mail").mkdir()
        file = Path(directory, "mbsyncrc")
        file.write_text(
            _CONFIGURATION.format(
                fsync="yes" if fsync else "no",
                port=servers.ports["imaps"],
                user=user.address,
                password=user.password,
                ca_file=servers.ca_file,
                directory=directory,
            )
        )
        file.chmod(0o600)
        began = time.monotonic()
        subprocess.run(["mbsync", "-c", str(file), "-q", "all"], check=True, capture_output=True)
        return time.monotonic() - began
