"""Whatever damage mail of the corpus takes, it is read or unreadable, and what is read can be stored."""

import time
from pathlib import Path

import pytest

from mailboxes.mime.limits import Unreadable
from mailboxes.parsing import attachment_content, parse
from tests.mailboxes.mime.mutations import mutations

CORPUS = sorted((Path(__file__).parents[2] / "corpus").rglob("*.eml"))
_COUNT = 40


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_damaged_mail_is_read_or_unreadable(path: Path) -> None:
    started = time.monotonic()

    for damaged in mutations(path.read_bytes(), _COUNT, seed=len(path.name)):
        _read_all(damaged)

    assert time.monotonic() - started < 60


def _read_all(raw: bytes) -> None:
    try:
        mail = parse(raw)
    except Unreadable:
        return
    for attachment in mail.attachments:
        assert len(attachment_content(raw, attachment.position)) == attachment.size
        assert 0 < len(attachment.filename.encode()) <= 180
    addresses = [*mail.from_, *mail.sender, *mail.reply_to, *mail.to, *mail.cc]
    names = [text for address in addresses for text in (address.display_name, address.addr_spec)]
    for text in (mail.text, mail.html, mail.subject, *names, *(value for _name, value in mail.headers)):
        assert "\x00" not in text
        text.encode("utf-8")
