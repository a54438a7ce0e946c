"""The first sequence of somebody who is new here: 1,000 contacts, three mails, real servers, a reply, the report."""

import re
import uuid
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Expect, Page

from tests.browser.installation import Installation
from tests.browser.newcomer import add_mailbox, parsed, sign_up, text_of
from tests.mailboxes.mail.composers import editor_of
from tests.realservers.directory import MailUser
from tests.realservers.mail import MailServers

pytestmark = pytest.mark.timeout(420)

# The clock comes by every few seconds, mail is fetched within a minute, and the machine has other things to do.
expect = Expect()
expect.set_options(timeout=90_000)

_CONTACTS = 1000


@pytest.fixture
def page(page: Page) -> Page:
    page.set_default_timeout(30_000)
    return page


def test_from_a_file_of_contacts_to_the_report(
    page: Page, installation: Installation, mail_servers: MailServers, tmp_path: Path
) -> None:
    owner, sales = mail_servers.new_user(), mail_servers.new_user()
    customer = mail_servers.new_user("customers.example")
    sign_up(page, installation, mail_servers, owner)
    add_mailbox(page, mail_servers, sales, "imap", name="Sales", kind="marketing")

    _import(page, installation, _file_of(customer, tmp_path))
    _write(page, installation)
    _send_at_all_hours(page)
    _add_everybody(page)
    _start(page)
    first = parsed(mail_servers.wait_for_messages(customer.address, count=1, seconds=120)[0])
    _answer(mail_servers, first, sales)

    assert re.fullmatch(r"A question, Person \d+", str(first["Subject"]))
    assert "List-Unsubscribe" in first
    assert "nsubscribe" in text_of(first)
    _expect_that_the_contact_stopped(page, first)
    _expect_the_report_to_count_it(page)


def _file_of(customer: MailUser, directory: Path) -> Path:
    """Return a file of contacts whose mail all arrives in one mailbox (RFC 5233)."""
    name, _at, domain = customer.address.partition("@")
    rows = [f"{name}+{number}@{domain},Person {number},Palmer,Company {number}" for number in range(_CONTACTS)]
    path = directory / "spring.csv"
    path.write_text("\n".join(["E-mail,First name,Last name,Company", *rows]), encoding="utf-8")
    return path


def _import(page: Page, installation: Installation, path: Path) -> None:
    page.goto(f"{installation.address}/contacts/")
    page.get_by_role("link", name="Import contacts").click()
    page.set_input_files("[name=file]", path)
    page.get_by_role("button", name="Go on").click()
    page.fill("[name=new_list]", "Spring")
    page.get_by_role("button", name="Try it").click()
    page.get_by_role("button", name="Import 1,000 contacts").click(timeout=90_000)
    expect(page.get_by_text("Imported", exact=True)).to_be_visible()


def _write(page: Page, installation: Installation) -> None:
    page.goto(f"{installation.address}/sequences/")
    page.get_by_role("link", name="Add sequence").or_(page.get_by_role("link", name="Write a sequence")).first.click()
    page.fill("[name=name]", "Spring offer")
    page.locator("[name=server]").first.check()
    page.get_by_role("button", name="Write the first mail").click()
    _write_step(page, "Shall we talk, {{ first_name }}?", subject="A question, {{ first_name }}")
    for words in ("Did you see my mail?", "This is my last mail."):
        page.get_by_role("link", name="Add step").click()
        page.fill("[name=delay]", "3")
        _write_step(page, words)
    expect(page.get_by_text("same thread:")).to_have_count(2)
    # Whom it is shown for is a real contact.
    expect(page.locator("#preview-shown")).to_contain_text("Person")


def _write_step(page: Page, words: str, *, subject: str = "") -> None:
    editor_of(page).fill(words)
    page.fill("[name=subject]", subject)
    page.get_by_role("button", name="Add step").click()
    expect(page.get_by_text(words.partition("{")[0]).first).to_be_visible()


def _send_at_all_hours(page: Page) -> None:
    page.get_by_role("navigation", name="Sequence Spring offer").get_by_role("link", name="Schedule").click()
    for day in range(7):
        page.fill(f"[name=day{day}_from0]", "0:00")
        page.fill(f"[name=day{day}_to0]", "24:00")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_role("img", name=re.compile("orecast")).or_(page.locator("svg")).first).to_be_visible()


def _add_everybody(page: Page) -> None:
    page.get_by_role("navigation", name="Sequence Spring offer").get_by_role("link", name="Contacts").click()
    page.get_by_role("link", name="Add contacts").first.click()
    page.locator("[name=source][value=list]").check()
    spring = page.locator("[name=contact_list] option", has_text="Spring").first.get_attribute("value")
    page.select_option("[name=contact_list]", spring)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Show what will happen").click()
    page.get_by_role("button", name="Add 1,000 contacts").click()
    expect(page.get_by_text("1,000").first).to_be_visible()


def _start(page: Page) -> None:
    page.get_by_role("link", name=re.compile("^Start")).first.click()
    # The reply check of a server runs as soon as it is added.
    expect(page.get_by_role("heading", name="Before it starts")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Start")).click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


def _answer(servers: MailServers, got: EmailMessage, sales: MailUser) -> None:
    reply = EmailMessage()
    reply["From"] = str(got["To"])
    reply["To"] = sales.address
    reply["Subject"] = f"Re: {got['Subject']}"
    reply["Message-ID"] = f"<{uuid.uuid4().hex}@customers.example>"
    reply["In-Reply-To"] = str(got["Message-ID"])
    reply.set_content("Yes, let us talk on Monday.")
    servers.deliver(sales.address, reply.as_bytes())


def _expect_that_the_contact_stopped(page: Page, got: EmailMessage) -> None:
    tabs = page.get_by_role("navigation", name="Sequence Spring offer")
    for _look in range(40):
        tabs.get_by_role("link", name="Contacts").click()
        page.wait_for_load_state()
        replied = page.get_by_role("link", name=re.compile(r"^Replied\s*1$"))
        if replied.count():
            break
        page.wait_for_timeout(3000)
    replied.first.click()
    name = str(got["Subject"]).partition(", ")[2]
    expect(page.get_by_role("link", name=re.compile(name)).first).to_be_visible()


def _expect_the_report_to_count_it(page: Page) -> None:
    page.get_by_role("navigation", name="Sequence Spring offer").get_by_role("link", name="Report").click()
    table = page.get_by_role("region", name="Table by step")
    sums = table.locator("tfoot .report-count")
    expect(sums.first).not_to_have_text("0")
    headings = table.locator("thead th").all_inner_texts()[1:]
    counts = dict(zip(headings, sums.all_inner_texts(), strict=True))
    assert int(counts["Sent"]) >= 1
    assert counts["Replied"] == "1"
    assert counts["Bounced"] == "0"
