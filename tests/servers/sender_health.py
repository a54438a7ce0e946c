"""Looks at the health of a sender whose domain publishes what a test says."""

from collections.abc import Mapping

from pytest_django import Settings

from servers.sender_health.checking import SenderHealth, check_sender
from servers.sender_health.report import Check
from tests.mailhub.lib.name_servers import Records, name_server

FROM = "ada@acme.example"
FASTMAIL, UNKNOWN_HOST = "smtp.fastmail.com", "smtp.acme.example"
FASTMAIL_SPF = {"spf.messagingengine.com TXT": ['"v=spf1 ip4:192.0.2.0/24 -all"']}
KEY_NAME = "fm1._domainkey.acme.example TXT"


def health_of(
    records: Mapping[str, Records],
    settings: Settings,
    *,
    host: str = FASTMAIL,
    mail_from: str = FROM,
    selector: str = "",
) -> SenderHealth:
    with name_server(records, settings):
        return check_sender(FROM, mail_from, host, selector=selector, deadline_seconds=2)


def spf_of(settings: Settings, *texts: str, more: Mapping[str, Records] | None = None, host: str = FASTMAIL) -> Check:
    records = {"acme.example TXT": [f'"{text}"' for text in texts]} | FASTMAIL_SPF | dict(more or {})
    return health_of(records, settings, host=host).checks[0]


def dkim_of(settings: Settings, records: Mapping[str, Records], *, host: str = FASTMAIL, selector: str = "") -> Check:
    return health_of(records, settings, host=host, selector=selector).checks[1]


def dmarc_of(settings: Settings, records: Mapping[str, Records], *, mail_from: str = FROM) -> Check:
    return health_of(records, settings, mail_from=mail_from).checks[2]
