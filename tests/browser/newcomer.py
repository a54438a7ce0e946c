"""A person who is new here: signs up, confirms the address, and adds a first mailbox, all in the browser."""

import re
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import default

from playwright.sync_api import Page, expect

from tests.browser.installation import Installation
from tests.realservers.directory import MailUser
from tests.realservers.mail import MailServers

PASSWORD = "a-long-Walk-9-home"


def sign_up(page: Page, installation: Installation, servers: MailServers, owner: MailUser) -> None:
    """Sign up with the address of `owner` and the code that is mailed there."""
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
    found = re.search(r"^\s*([A-Z0-9]{3,}-?[A-Z0-9]{3,})\s*$", text_of(parsed(raw)), re.MULTILINE)
    assert found is not None
    return found[1]


def add_mailbox(
    page: Page, servers: MailServers, owner: MailUser, protocol: str, *, name: str = "Support", kind: str = "service"
) -> None:
    """Add the mailbox of `owner`, with a wrong password first."""
    page.goto(re.sub(r"^(https?://[^/]+)/.*", r"\1/mailboxes/add/", page.url))
    page.fill("[name=name]", name)
    page.fill("[name=address]", owner.address)
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
    page.fill("[name=incoming-username]", owner.address)
    page.fill("[name=incoming-password]", "wrong")
    page.get_by_role("button", name="Test").first.click()
    expect(page.get_by_text("AUTHENTICATIONFAILED" if protocol == "imap" else "[AUTH]").first).to_be_visible()
    page.fill("[name=incoming-password]", owner.password)
    page.get_by_role("button", name="Test").first.click()
    expect(page.get_by_text("AUTHENTICATIONFAILED" if protocol == "imap" else "[AUTH]")).to_have_count(0)
    _continue(page)
    page.fill("[name=outgoing-host]", "localhost")
    page.select_option("[name=outgoing-security]", "starttls")
    page.fill("[name=outgoing-port]", str(servers.ports["smtp"]))
    _continue(page)
    page.check(f"[name=kind][value={kind}]")
    page.get_by_role("button", name="Add mailbox").click()
    expect(page.locator("main h1")).to_contain_text(name)


def _continue(page: Page) -> None:
    page.locator("main button:visible", has_text="Continue").first.click()


def parsed(raw: bytes) -> EmailMessage:
    """Return what a server holds as a message."""
    return BytesParser(policy=default).parsebytes(raw)


def text_of(mail: Message) -> str:
    """Return the plain text of a message."""
    assert isinstance(mail, EmailMessage)
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())
