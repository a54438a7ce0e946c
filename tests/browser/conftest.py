"""A running installation, with the real mail servers within its reach."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from mailboxes.platform import ensure_platform
from tests.browser.installation import Installation
from tests.realservers.mail import MailServers


@pytest.fixture
def installation(file_database: str, redis_url: str, mail_servers: MailServers) -> Iterator[Installation]:
    """Everything runs; system mail leaves through the real submission server as `no-reply@mail.example`."""
    directory = Path(tempfile.mkdtemp(prefix="mailhub-installation-"))
    platform = mail_servers.new_user()
    url = f"smtp://{platform.address.replace('@', '%40')}:{platform.password}@127.0.0.1:{mail_servers.ports['smtp']}"
    ensure_platform(url, platform.address)
    key_id, key = next(iter(django_settings.MAILHUB_KEYS.items()))
    running = Installation(
        directory,
        {
            "DATABASE_URL": file_database,
            "BROKER_URL": redis_url,
            "STORAGE_URL": f"file://{django_settings.STORAGE_ROOT}",
            "MAILHUB_KEYS": f"{key_id}:{key}",
            "PLATFORM_SMTP_URL": url,
            "PLATFORM_FROM": platform.address,
            "EGRESS_ALLOW": ",".join(
                f"{host}:{port}" for host in ("127.0.0.1", "[::1]") for port in mail_servers.ports.values()
            ),
            "MAILHUB_EXTRA_CA_FILE": mail_servers.ca_file,
        },
    )
    running.start()
    yield running
    running.stop()
    shutil.rmtree(directory)
