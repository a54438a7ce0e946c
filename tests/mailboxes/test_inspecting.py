"""`manage.py inspect_message`: what would be made of a file, with nothing stored (SPEC I7)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mailboxes.inspecting import inspect
from mailhub.environment import ROOT

LETTER = (
    b"From: Anna Berg <anna@berg.example>\r\n"
    b"To: support@acme.example, Second <second@acme.example>\r\n"
    b"Cc: boss@berg.example\r\n"
    b"Subject: =?utf-8?q?Caf=C3=A9?= order\r\n"
    b"Date: Mon, 02 Nov 2026 10:00:00 +0100\r\n"
    b"Message-ID: <one@berg.example>\r\n"
    b"In-Reply-To: <zero@acme.example>\r\n"
    b"References: <first@acme.example> <zero@acme.example>\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    b"<p>Yes, please.</p><script>alert(1)</script><img src=http://tracker.example/1.gif>\r\n"
    b'--b\r\nContent-Type: application/pdf; name="list.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    b"JVBERi0xLjQ=\r\n--b--\r\n"
)
KEYS = {
    "from", "to", "cc", "subject", "date", "message_id", "in_reply_to", "references", "text", "html", "reply_text",
    "attachments", "kind", "bounced_recipients", "permanent", "status", "reason", "defects",
}  # fmt: skip


def test_inspect_tells_what_a_good_mail_client_shows() -> None:
    found = inspect(LETTER)

    assert found.keys() >= KEYS
    assert found["from"] == {"name": "Anna Berg", "address": "anna@berg.example"}
    assert [one["address"] for one in found["to"]] == ["support@acme.example", "second@acme.example"]
    assert (found["subject"], found["date"]) == ("Café order", "2026-11-02T09:00:00+00:00")
    assert found["in_reply_to"] == ["zero@acme.example"]
    assert found["text"] == "Yes, please." == found["reply_text"]
    assert [(one["name"], one["type"], one["size"]) for one in found["attachments"]] == [
        ("list.pdf", "application/pdf", 8)
    ]
    assert (found["kind"], found["permanent"], found["bounced_recipients"]) == ("reply", None, [])


def test_inspect_shows_html_that_neither_runs_nor_fetches() -> None:
    html = inspect(LETTER)["html"]

    assert "Yes, please." in html
    assert "<script" not in html
    assert "tracker.example" not in html


def test_inspect_of_a_bomb_of_html_gives_its_text() -> None:
    found = inspect(b"Content-Type: text/html\r\n\r\n" + b"<div>" * 100_000 + b"boom")

    assert "boom" in found["html"]
    assert len(found["html"]) < 10_000


@pytest.mark.parametrize("raw", [b"", b"\x00" * 100, b"\r\n\r\n", b"Subject: only a header", b"\xff\xfe"])
def test_inspect_has_an_answer_to_everything(raw: bytes) -> None:
    assert inspect(raw).keys() >= KEYS


def test_command_answers_each_line_in_order_without_an_installation(tmp_path: Path) -> None:
    letter, too_large = tmp_path / "letter.eml", tmp_path / "deep.eml"
    letter.write_bytes(LETTER)
    too_large.write_bytes(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 1100)
    asked = [letter, tmp_path / "missing.eml", too_large, letter]

    answer = subprocess.run(
        [sys.executable, "manage.py", "inspect_message", "--stdin-paths", "--json"],
        input="".join(f"{path}\n" for path in asked),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"},
    )

    first, missing, unreadable, last = [json.loads(line) for line in answer.stdout.splitlines()]
    assert first == last == json.loads(json.dumps(inspect(LETTER)))
    assert missing.keys() == unreadable.keys() == {"error"}


def test_command_answers_before_the_input_ends(tmp_path: Path) -> None:
    letter = tmp_path / "letter.eml"
    letter.write_bytes(LETTER)

    with subprocess.Popen(
        [sys.executable, "manage.py", "inspect_message", "--stdin-paths", "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{letter}\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        process.stdin.close()

    assert answer["message_id"] == "one@berg.example"


def test_command_speaks_to_people(tmp_path: Path) -> None:
    letter = tmp_path / "letter.eml"
    letter.write_bytes(LETTER)

    answer = subprocess.run(
        [sys.executable, "manage.py", "inspect_message", str(letter)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"},
    ).stdout

    assert "From:        Anna Berg <anna@berg.example>" in answer
    assert "Attachment:  list.pdf (application/pdf, 8 bytes)" in answer
    assert answer.rstrip().endswith("Yes, please.")
