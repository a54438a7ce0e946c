"""The whole main job in a browser, against real Dovecot and a real SMTP server."""

import re
import uuid
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import default

import pytest
from playwright.sync_api import Page, expect

from tests.browser.installation import Installation
from tests.mailboxes.mail.composers import recipients_in
from tests.realservers.directory import MailUser
from tests.realservers.mail import MailServers

PASSWORD = "a-long-Walk-9-home"


@pytest.fixture
def page(page: Page) -> Page:
    page.set_default_timeout(15_000)
    return page


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_from_sign_up_to_the_matched_reply(
    page: Page, installation: Installation, mail_servers: MailServers, protocol: str
) -> None:
    owner, support = mail_servers.new_user(), mail_servers.new_user()
    customer = mail_servers.new_user("customers.example")

    _sign_up(page, installation, mail_servers, owner)
    _add_mailbox(page, mail_servers, support, protocol)
    _send(page, to=customer.address)
    _answer(mail_servers, customer, support)

    _wait_for_reply(page, installation)
    expect(page.get_by_text("In-Reply-To").first).to_be_visible()
    expect(page.get_by_text("Thanks, forty it is.").first).to_be_visible()
    left = mail_servers.messages_in(support.address)
    assert sum(b"X-Mailhub-Probe" not in raw for raw in left) == (1 if protocol == "imap" else 0)
    assert support.password not in installation.log()
    assert PASSWORD not in installation.log()


def _sign_up(page: Page, installation: Installation, servers: MailServers, owner: MailUser) -> None:
    page.goto(f"{installation.address}/accounts/signup/")
    page.fill("[name=name]", "Ada Owner")
    page.fill("[name=account_name]", "Acme")
    page.fill("[name=email]", owner.address)
    page.fill("[name=password1]", PASSWORD)
    page.click("button[type=submit]")
    expect(page).to_have_url(re.compile("confirm-email"))
    page.fill("[name=code]", _code_in(servers.wait_for_messages(owner.address, count=1, seconds=30)[-1]))
    page.click("main button[type=submit] >> nth=0")
    expect(page).not_to_have_url(re.compile("accounts/"))


def _code_in(raw: bytes) -> str:
    found = re.search(r"^\s*([A-Z0-9]{3,}-?[A-Z0-9]{3,})\s*$", _text_of(_parsed(raw)), re.MULTILINE)
    assert found is not None
    return found[1]


def _add_mailbox(page: Page, servers: MailServers, support: MailUser, protocol: str) -> None:
    page.goto(re.sub(r"^(https?://[^/]+)/.*", r"\1/mailboxes/add/", page.url))
    page.fill("[name=name]", "Support")
    page.fill("[name=address]", support.address)
    _continue(page)
    # A new form starts at POP3, port 110, without TLS (SPEC M5); an untouched port follows.
    expect(page.locator("[name=incoming-protocol]")).to_have_value("pop3")
    expect(page.locator("[name=incoming-port]")).to_have_value("110")
    expect(page.locator("[name=incoming-security]")).to_have_value("none")
    page.select_option("[name=incoming-protocol]", protocol)
    page.select_option("[name=incoming-security]", "tls")
    expect(page.locator("[name=incoming-port]")).to_have_value("993" if protocol == "imap" else "995")
    page.fill("[name=incoming-host]", "localhost")
    page.fill("[name=incoming-port]", str(servers.ports[f"{protocol}s"]))
    page.fill("[name=incoming-username]", support.address)
    page.fill("[name=incoming-password]", "wrong")
    page.get_by_role("button", name="Test").first.click()
    expect(page.get_by_text("AUTHENTICATIONFAILED" if protocol == "imap" else "[AUTH]").first).to_be_visible()
    page.fill("[name=incoming-password]", support.password)
    page.get_by_role("button", name="Test").first.click()
    expect(page.get_by_text("AUTHENTICATIONFAILED" if protocol == "imap" else "[AUTH]")).to_have_count(0)
    _continue(page)
    page.fill("[name=outgoing-host]", "localhost")
    page.select_option("[name=outgoing-security]", "starttls")
    page.fill("[name=outgoing-port]", str(servers.ports["smtp"]))
    _continue(page)
    page.get_by_role("button", name="Add mailbox").click()
    expect(page.locator("main h1")).to_contain_text("Support")


def _continue(page: Page) -> None:
    page.locator("main button:visible", has_text="Continue").first.click()


def _send(page: Page, *, to: str) -> None:
    page.goto(re.sub(r"^(https?://[^/]+)/.*", r"\1/compose/", page.url))
    recipients_in(page).fill(to)
    page.fill("[name=subject]", "Your quote for 40 seats")
    frame = page.frame_locator("iframe.tox-edit-area__iframe")
    frame.locator("body").click()
    frame.locator("body").type("Shall we say forty?")
    page.locator("main button[type=submit]", has_text="Send").click()
    expect(page.get_by_text("Sent", exact=True).first).to_be_visible(timeout=60_000)


def _answer(servers: MailServers, customer: MailUser, support: MailUser) -> None:
    got = _parsed(servers.wait_for_messages(customer.address, count=1, seconds=30)[-1])
    assert "Shall we say forty?" in _text_of(got)
    assert any(part.get_content_type() == "text/html" for part in got.walk())
    reply = EmailMessage()
    reply["From"] = f"Cleo Customer <{customer.address}>"
    reply["To"] = support.address
    reply["Subject"] = f"Re: {got['Subject']}"
    reply["Message-ID"] = f"<{uuid.uuid4().hex}@customers.example>"
    reply["In-Reply-To"] = got["Message-ID"]
    reply["References"] = got["Message-ID"]
    reply.set_content("Thanks, forty it is.")
    servers.deliver(support.address, reply.as_bytes())


def _wait_for_reply(page: Page, installation: Installation) -> None:
    """New mail is here within 60 seconds by itself (SPEC M8); the list shows it without a reload."""
    page.goto(f"{installation.address}/inbox/")
    expect(page.get_by_text("Thanks, forty it is.").first).to_be_visible(timeout=75_000)
    page.get_by_text("Your quote for 40 seats").first.click()


def _parsed(raw: bytes) -> EmailMessage:
    return BytesParser(policy=default).parsebytes(raw)


def _text_of(mail: Message) -> str:
    assert isinstance(mail, EmailMessage)
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())
