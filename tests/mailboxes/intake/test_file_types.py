"""Kinds of files as people write them down."""

import pytest

from mailboxes.intake.file_types import ARCHIVES, MACROS, PROGRAMS, InvalidFileType, expanded, kind_among, read_types


def test_extensions_and_media_types_are_read_in_every_usual_form() -> None:
    assert read_types("exe, .Zip; *.tar.gz\nvideo/*  application/PDF exe") == [
        "exe",
        "zip",
        "tar.gz",
        "video/*",
        "application/pdf",
    ]


@pytest.mark.parametrize(
    "text", ["/etc", "a b!", "*/*", "*", ".", "x" * 40, "exe/", "video/", "preset:programs", "{{ 7 }}"]
)
def test_what_is_no_kind_is_refused(text: str) -> None:
    with pytest.raises(InvalidFileType):
        read_types(text)


@pytest.mark.parametrize(
    ("kinds", "filename", "content_type", "expected"),
    [
        ("exe", "setup.exe", "application/octet-stream", "exe"),
        ("exe", "SETUP.EXE", "", "exe"),
        ("exe", "invoice.pdf.exe", "application/pdf", "exe"),
        ("exe", "invoice.pdf          .exe", "", "exe"),
        ("exe", "invoice\uff0eexe", "", "exe"),
        ("exe", "invoice.exe.pdf", "application/pdf", ""),
        ("exe", "exe", "", ""),
        ("exe", "notexe", "", ""),
        ("exe", "", "", ""),
        ("gz", "letter.tar.gz", "", "gz"),
        ("tar.gz", "letter.tar.gz", "", "tar.gz"),
        ("tar.gz", "letter.gz", "", ""),
        ("video/*", "clip", "video/MP4", "video/*"),
        ("video/mp4", "clip", "Video/Mp4", "video/mp4"),
        ("video/*", "clip.mp4", "application/octet-stream", ""),
    ],
)
def test_a_name_is_of_the_kind_of_its_endings_and_of_its_declared_type(
    kinds: str, filename: str, content_type: str, expected: str
) -> None:
    assert kind_among(frozenset(kinds.split()), filename, content_type) == expected


def test_presets_and_single_kinds_are_taken_together() -> None:
    kinds = expanded([PROGRAMS.code, "pdf"])

    assert {"exe", "lnk", "js", "pdf"} <= kinds
    assert "zip" not in kinds


def test_the_presets_name_what_they_promise() -> None:
    assert {"exe", "scr", "bat", "vbs", "ps1", "hta", "jar", "apk"} <= PROGRAMS.types
    assert {"zip", "rar", "7z", "iso", "application/zip"} <= ARCHIVES.types
    assert {"docm", "xlsm", "pptm", "xlsb"} <= MACROS.types
    assert not {"docx", "xlsx", "pdf", "png"} & (PROGRAMS.types | ARCHIVES.types | MACROS.types)
