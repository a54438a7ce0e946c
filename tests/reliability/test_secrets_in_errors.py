"""A password never comes back out, however a server or our own code fails with it in hand (SECURITY B107, B108)."""

import base64
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from mailboxes import delivering, notices, polling, tasks
from mailhub import clock
from mailhub.tenancy.rows import TenantModel
from mailhub.tenancy.scope import tenant_scope, unscoped
from servers.endpoints import Endpoint, Protocol, Security
from servers.models import IncomingServer, OutgoingServer, ServerError
from servers.standing import PauseReason
from tests.factories import make_incoming, make_outgoing, signed_in
from tests.reliability.office import Office, lease, make_everything_due, make_office
from tests.servers.scripted import Answer, Conversation, Script, imap, pop3, scripted_server, smtp

pytestmark = pytest.mark.django_db(transaction=True)

CANARY = "pw-CANARY-4d1f"
# As SASL sends it (RFC 4616), and as a base64 text of its own.
_PLAIN = base64.b64encode(f"\0canary-user\0{CANARY}".encode()).decode()
_ALONE = base64.b64encode(CANARY.encode()).decode()
_FORMS = (CANARY, _PLAIN, _ALONE)


@pytest.fixture
def office() -> Iterator[Office]:
    office = make_office()
    with tenant_scope(office.tenant.pk):
        yield office


def _echo(prefix: str, suffix: str = "") -> Callable[[Conversation, str], None]:
    """Answer with everything that the client has said, and with what it meant."""

    def answer(conversation: Conversation, word: str) -> None:
        heard = conversation.heard.decode("utf-8", "replace").replace("\r\n", " ")
        conversation.say(f"{prefix.format(tag=word)}you said {heard} that is {CANARY} {_PLAIN} {_ALONE}{suffix}")

    return answer


IMAP: dict[str, dict[str, Answer]] = {
    "refused login": {"LOGIN": _echo("{tag} NO [AUTHENTICATIONFAILED] ")},
    "login is unknown": {"LOGIN": _echo("{tag} BAD ")},
    "login is too early": {"LOGIN": _echo("{tag} NO [UNAVAILABLE] ")},
    "bye at login": {"LOGIN": _echo("* BYE ")},
    "noise at login": {"LOGIN": _echo("nothing of IMAP ")},
    "folder": {"EXAMINE": _echo("{tag} NO "), "SELECT": _echo("{tag} NO ")},
    "search": {"UID SEARCH": _echo("{tag} NO ")},
    "fetch": {"UID FETCH": _echo("{tag} NO ")},
}
POP3: dict[str, dict[str, Answer]] = {
    "refused password": {"PASS": _echo("-ERR [AUTH] ")},
    "noise at password": {"PASS": _echo("nothing of POP3 ")},
    "maildrop is locked": {"PASS": _echo("-ERR [IN-USE] ")},
    "list": {"STAT": _echo("-ERR ")},
    "fetch": {"RETR": _echo("-ERR ")},
}
SMTP: dict[str, dict[str, Answer]] = {
    "refused sign-in": {"AUTH": _echo("535 5.7.8 ")},
    "sign-in later": {"AUTH": _echo("454 4.7.0 ")},
    "noise at sign-in": {"AUTH": _echo("nothing of SMTP ")},
    "sender": {"MAIL": _echo("550 5.7.1 ")},
    "recipient": {"RCPT": _echo("550 5.1.1 ")},
    "data": {"DATA": _echo("554 5.7.1 ")},
}


@pytest.mark.parametrize("name", IMAP)
def test_imap_errors_hold_no_password(
    office: Office, settings: Settings, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    _poll_and_look(office, settings, caplog, imap(IMAP[name]), Protocol.IMAP)


@pytest.mark.parametrize("name", POP3)
def test_pop3_errors_hold_no_password(
    office: Office, settings: Settings, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    _poll_and_look(office, settings, caplog, pop3(POP3[name]), Protocol.POP3)


@pytest.mark.parametrize("name", SMTP)
def test_smtp_errors_hold_no_password(
    office: Office, settings: Settings, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    caplog.set_level(logging.DEBUG)
    with scripted_server(smtp(SMTP[name]), settings) as server:
        outgoing = _outgoing(office, server.endpoint())
        office.submit(outgoing, "a@customers.example")
        make_everything_due()
        delivering.deliver_due(outgoing.pk, now=clock.now)

    assert ServerError.objects.exists()
    _look_everywhere(office, outgoing, caplog)


def test_an_error_of_our_own_with_the_password_in_hand_shows_none(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    incoming = _incoming(office, Endpoint("127.0.0.1", 1, Security.NONE), Protocol.IMAP)
    IncomingServer.objects.update(protocol="gopher")

    with pytest.raises(ValueError, match="gopher") as caught:
        polling.poll(incoming.pk, lease(incoming), now=clock.now, stored=lambda _mailbox: None)
    # As Celery logs it.
    logging.getLogger("celery.app.trace").error("Task raised unexpected", exc_info=caught.value)

    _look_everywhere(office, incoming, caplog)


def test_bells_carry_ids_only(office: Office, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr("celery.app.task.Task.apply_async", lambda self, **options: sent.append((self.name, options)))
    _incoming(office, Endpoint("127.0.0.1", 1, Security.NONE), Protocol.IMAP)
    outgoing = _outgoing(office, Endpoint("127.0.0.1", 1, Security.NONE))
    office.submit(outgoing, "a@customers.example")

    tasks.poll_due.run()
    tasks.sweep.run()

    assert {name for name, _options in sent} >= {"mailboxes.tasks.poll", "mailboxes.tasks.deliver"}
    assert not _forms_in(repr(sent))


def _poll_and_look(
    office: Office, settings: Settings, caplog: pytest.LogCaptureFixture, script: Script, protocol: Protocol
) -> None:
    caplog.set_level(logging.DEBUG)
    with scripted_server(script, settings) as server:
        incoming = _incoming(office, server.endpoint(), protocol)
        polling.poll(incoming.pk, lease(incoming), now=clock.now, stored=lambda _mailbox: None)

    assert ServerError.objects.exists()
    _look_everywhere(office, incoming, caplog)


def _incoming(office: Office, endpoint: Endpoint, protocol: Protocol) -> IncomingServer:
    return make_incoming(
        office.mailbox,
        host=endpoint.host,
        port=endpoint.port,
        security=endpoint.security,
        protocol=protocol,
        username="canary-user",
        password=CANARY,
    )


def _outgoing(office: Office, endpoint: Endpoint) -> OutgoingServer:
    return make_outgoing(
        office.mailbox,
        host=endpoint.host,
        port=endpoint.port,
        security=endpoint.security,
        username="canary-user",
        password=CANARY,
    )


def _look_everywhere(office: Office, server: IncomingServer | OutgoingServer, caplog: pytest.LogCaptureFixture) -> None:
    """Look for the password in the database, in logs with their tracebacks, on the pages, and in mail of the pause."""
    server.pause(PauseReason.SIGN_IN_REFUSED, now=clock.now())
    with unscoped("a test tells all tenants"):
        notices.tell(now=clock.now())

    assert not _forms_in(_database())
    assert not _forms_in(caplog.text)
    browser = signed_in(office.person)
    for page in ("mailbox-detail", "error-list"):
        assert not _forms_in(_html(browser, reverse(f"mailboxes:{page}", args=[office.mailbox.pk])))
    assert not _forms_in(_html(browser, reverse("mailboxes:mailbox-list")))
    assert mail.outbox
    assert not _forms_in("".join(str(one.message()) + one.body for one in mail.outbox))


def _database() -> str:
    """Return every row of every tenant table as text."""
    models = [model for model in apps.get_models() if issubclass(model, TenantModel)]
    with unscoped("a test reads everything"):
        return "\n".join(repr(row) for model in models for row in model.objects.values())


def _html(browser: Client, url: str) -> str:
    return browser.get(url).content.decode()


def _forms_in(text: str) -> list[str]:
    return [form for form in _FORMS if form in text]
