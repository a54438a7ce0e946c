"""File names and inline pictures (SECURITY TC3)."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailboxes.filenames import MAX_FILENAME_BYTES, may_show_inline, safe_filename, shown_filename

NAMES = {
    "B034-path": ("../../etc/cron.d/x", "x"),
    "B034-windows-path": ("C:\\Users\\anna\\scan.pdf", "scan.pdf"),
    "B034-dots": ("..", "fallback"),
    "B034-hidden": (".htaccess", "htaccess"),
    "B034-trailing-slash": ("a/b/", "b"),
    "B035-line-break": ("a\r\nX-Evil: 1.txt", "a X-Evil_ 1.txt"),
    "B035-nul": ("a\x00b.txt", "ab.txt"),
    "B036-bidi": ("x\u202egpj.exe", "xgpj.exe"),
    "B036-zero-width": ("a\u200b.pdf\ufeff", "a.pdf"),
    "B036-trailing-dot": ("run.exe. .", "run.exe"),
    "reserved": ("CON.txt", "_CON.txt"),
    "forbidden": ('a<b>:"c|d?*.txt', "a_b___c_d__.txt"),
    "unicode": ("Übersicht 2026.pdf", "Übersicht 2026.pdf"),
    "empty": ("", "fallback"),
    "white": (" \t ", "fallback"),
}


@pytest.mark.parametrize(("name", "expected"), NAMES.values(), ids=NAMES.keys())
def test_file_name_is_made_safe(name: str, expected: str) -> None:
    assert safe_filename(name, "fallback") == expected


SHOWN = {
    "as-it-is": ('a<b>:"c|d?*.txt', 'a<b>:"c|d?*.txt'),
    "hidden": (".profile", ".profile"),
    "B034-path": ("../../etc/cron.d/x", "x"),
    "B034-dots": ("..", "fallback"),
    "B035-line-break": ("a\r\nX-Evil: 1.txt", "a X-Evil: 1.txt"),
    "B036-bidi": ("x\u202egpj.exe", "xgpj.exe"),
    "white": (" \t ", "fallback"),
}


@pytest.mark.parametrize(("name", "expected"), SHOWN.values(), ids=SHOWN.keys())
def test_file_name_is_shown_as_it_was_written(name: str, expected: str) -> None:
    assert shown_filename(name, "fallback") == expected


@pytest.mark.parametrize("character", ["x", "ü", "語"])
def test_b037_long_file_name_is_cut_and_keeps_its_extension(character: str) -> None:
    name = safe_filename(character * 10_000 + ".pdf", "fallback")

    assert name.endswith(f"{character}.pdf")
    assert 170 < len(name.encode()) <= MAX_FILENAME_BYTES


@given(st.text())
@example("0\xa0\\")
def test_any_name_is_safe_afterwards(name: str) -> None:
    safe = safe_filename(name, "fallback")

    assert 0 < len(safe.encode()) <= MAX_FILENAME_BYTES
    assert not set(safe) & set('/\\\r\n\x00"<>')
    assert safe not in (".", "..")
    assert safe_filename(safe, "fallback") == safe


@pytest.mark.parametrize(
    ("content_type", "head"),
    [
        ("image/png", b"\x89PNG\r\n\x1a\n\x00"),
        ("IMAGE/JPEG", b"\xff\xd8\xff\xe0"),
        ("image/gif", b"GIF89a"),
        ("image/webp", b"RIFF\x00\x01\x02\x03WEBPVP8 "),
    ],
)
def test_picture_with_matching_bytes_may_be_shown(content_type: str, head: bytes) -> None:
    assert may_show_inline(content_type, head)


@pytest.mark.parametrize(
    ("content_type", "head"),
    [
        ("image/svg+xml", b"<svg onload=alert(1)>"),
        ("text/html", b"<script>"),
        ("image/png", b"<html><script>alert(1)</script>"),
        ("image/png", b"GIF89a"),
        ("image/png", b""),
        ("application/pdf", b"%PDF-1.4"),
        ('text/html"><script>', b"\x89PNG\r\n\x1a\n"),
    ],
    ids=["B031-svg", "B032-html", "B033-html-as-png", "B033-gif-as-png", "B033-empty", "pdf", "B038-type"],
)
def test_anything_else_is_a_download(content_type: str, head: bytes) -> None:
    assert not may_show_inline(content_type, head)
