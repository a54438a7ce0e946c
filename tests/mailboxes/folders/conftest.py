"""An office on the real servers whose person also writes with a mail program of their own."""

from collections.abc import Iterator

import pytest

from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import Protocol
from tests.mailboxes.folders.office import FolderOffice, make_folder_office
from tests.realservers.mail import MailServers


@pytest.fixture
def office(mail_servers: MailServers, allow_egress: None, transactional_db: None) -> Iterator[FolderOffice]:
    office = make_folder_office(mail_servers, Protocol.IMAP)
    with tenant_scope(office.tenant.pk):
        yield office
