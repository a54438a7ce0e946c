"""Short ways to talk to the mail world with the standard clients."""

import poplib
import smtplib
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

from imapclient import IMAPClient

# Strangers write to support@, so what counts messages uses sales@.
SALES = ("sales@harbor.example", "demo-sales")
SUPPORT = ("support@harbor.example", "demo-support")
POSTMASTER = ("postmaster@mailhub.example", "demo-postmaster")


@contextmanager
def imap_session(port: int, sign_in: tuple[str, str] = SALES) -> Iterator[IMAPClient]:
    with IMAPClient("127.0.0.1", port, ssl=False, timeout=5) as client:
        client.login(*sign_in)
        client.select_folder("INBOX")
        yield client


@contextmanager
def pop3_session(port: int, sign_in: tuple[str, str] = SALES) -> Iterator[poplib.POP3]:
    client = poplib.POP3("127.0.0.1", port, timeout=5)
    client.user(sign_in[0])
    client.pass_(sign_in[1])
    try:
        yield client
    finally:
        client.quit()


def submit(port: int, mail: EmailMessage, *, mail_from: str = SALES[0]) -> dict[str, tuple[int, bytes]]:
    """Submit as sales@ and return the refused recipients."""
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
        client.login(*SALES)
        return client.send_message(mail, from_addr=mail_from)


def letter(to: str, subject: str = "Spring prices", **fields: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Harbor Sales <sales@harbor.example>"
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = "Tue, 03 Nov 2026 10:12:00 +0000"
    mail["Message-ID"] = f"<{zlib.crc32(subject.encode()):08x}@harbor.example>"
    for name, value in fields.items():
        mail[name.replace("_", "-")] = value
    mail.set_content("Dear customer,\nour spring prices are out.\n.\nA line that begins with a dot is above.\n")
    return mail


def inbox(port: int, sign_in: tuple[str, str] = SALES) -> dict[int, bytes]:
    """Return the bytes of all messages in INBOX by UID."""
    with imap_session(port, sign_in) as client:
        uids = client.search()
        return {uid: found[b"BODY[]"] for uid, found in client.fetch(uids, ["BODY.PEEK[]"]).items()} if uids else {}


def wait_for_inbox(port: int, count: int, sign_in: tuple[str, str] = SALES) -> dict[int, bytes]:
    """Wait until INBOX holds `count` messages; return what is there after 10 seconds at the latest."""
    deadline = time.monotonic() + 10
    while len(messages := inbox(port, sign_in)) < count and time.monotonic() < deadline:
        time.sleep(0.1)
    return messages
