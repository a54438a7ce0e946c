"""Which attachments a mailbox does not take (SPEC M24)."""

import pytest

from mailboxes.intake.file_types import ARCHIVES, MACROS, PROGRAMS
from mailboxes.intake.refusing import Candidate, Limits, reasons

PE = b"MZ\x90\x00\x03\x00" + bytes(60) + b"PE\x00\x00"
ZIP = b"PK\x03\x04\x14\x00\x06\x00"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PDF = b"%PDF-1.7\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)
TEXT = b"Dear all,\n"
KB = 1024


def file(
    filename: str, head: bytes = TEXT, content_type: str = "application/octet-stream", **more: object
) -> Candidate:
    return Candidate(filename=filename, content_type=content_type, size=KB, head=head, **more)  # type: ignore[arg-type]


REFUSED_BY_KIND = [
    # name, first octets, declared type, what is refused
    ("setup.exe", PE, "application/octet-stream", [PROGRAMS.code]),
    ("setup.exe", TEXT, "text/plain", ["exe"]),
    ("invoice.pdf.exe", PE, "application/pdf", [PROGRAMS.code]),
    ("invoice.pdf", PE, "application/pdf", [PROGRAMS.code]),
    ("invoice", PE, "application/pdf", [PROGRAMS.code]),
    ("picture.png", PE, "image/png", ["exe"]),
    ("read me.txt", b"#!/bin/sh\nrm -rf ~\n", "text/plain", [PROGRAMS.code]),
    ("tool.txt", b"\x7fELF\x02\x01", "text/plain", [PROGRAMS.code]),
    ("link.pdf", b"L\x00\x00\x00\x01\x14\x02\x00\x00", "application/pdf", [PROGRAMS.code]),
    ("script", TEXT, "application/javascript", [PROGRAMS.code]),
    ("letter.pdf", ZIP, "application/pdf", [ARCHIVES.code]),
    ("letter.zip", ZIP, "application/zip", [ARCHIVES.code]),
    ("disc.bin", bytes(32769) + b"CD001", "application/octet-stream", [ARCHIVES.code]),
    ("old.gz.txt", b"\x1f\x8b\x08", "text/plain", [ARCHIVES.code]),
    ("sheet.xlsm", ZIP, "application/vnd.ms-excel.sheet.macroEnabled.12", [MACROS.code]),
    ("sheet", ZIP, "application/vnd.ms-excel.sheet.macroEnabled.12", [MACROS.code]),
    ("clip.mp4", TEXT, "video/mp4", ["video/*"]),
    ("letter.pdf", PDF, "application/pdf", ["pdf"]),
    ("letter.txt", PDF, "text/plain", ["pdf"]),
]
TAKEN = [
    ("letter.pdf", PDF, "application/pdf", [PROGRAMS.code, ARCHIVES.code, MACROS.code]),
    # Office files are ZIP archives inside.
    ("letter.docx", ZIP, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", [ARCHIVES.code]),
    ("sheet.ods", ZIP, "application/vnd.oasis.opendocument.spreadsheet", [ARCHIVES.code]),
    ("letter.doc", OLE, "application/msword", [PROGRAMS.code, MACROS.code]),
    (
        "mz.txt",
        b"MZ is where our company began, in 1921, with three people and a horse and cart.",
        "text/plain",
        ["exe"],
    ),
    ("invoice.exe.pdf", PDF, "application/pdf", [PROGRAMS.code]),
    ("clip.mp4", TEXT, "video/mp4", ["audio/*"]),
    ("empty.txt", b"", "text/plain", [PROGRAMS.code, ARCHIVES.code]),
]


@pytest.mark.parametrize(("filename", "head", "content_type", "refused"), REFUSED_BY_KIND)
def test_a_kind_is_refused_by_name_type_or_content(
    filename: str, head: bytes, content_type: str, refused: list[str]
) -> None:
    assert reasons([file(filename, head, content_type)], Limits(refused=refused))[0]


@pytest.mark.parametrize(("filename", "head", "content_type", "refused"), TAKEN)
def test_what_is_of_no_such_kind_is_taken(filename: str, head: bytes, content_type: str, refused: list[str]) -> None:
    assert reasons([file(filename, head, content_type)], Limits(refused=refused)) == [""]


@pytest.mark.parametrize(
    ("filename", "head", "content_type", "is_taken"),
    [
        ("letter.pdf", PDF, "application/pdf", True),
        ("LETTER.PDF", PDF, "application/octet-stream", True),
        ("letter", PDF, "application/pdf", True),
        ("photo.png", PNG, "image/png", True),
        ("sheet.xlsx", ZIP, "application/octet-stream", False),
        ("setup.pdf", PE, "application/pdf", False),
        ("zip.pdf", ZIP, "application/pdf", False),
        ("note.txt", TEXT, "text/plain", False),
        # Signatures, and reports of mail systems, are nobody's attachments.
        ("smime.p7s", b"0\x82\x10", "application/pkcs7-signature", True),
        ("delivery-status.txt", TEXT, "message/delivery-status", True),
        ("smime.p7s", PE, "application/pkcs7-signature", False),
    ],
)
def test_with_a_list_of_what_is_allowed_nothing_else_is_taken(
    filename: str, head: bytes, content_type: str, is_taken: bool
) -> None:
    found = reasons([file(filename, head, content_type)], Limits(allowed=["pdf", "image/*"]))

    assert (found == [""]) == is_taken


def test_the_reason_says_what_the_sender_does_not() -> None:
    found = reasons(
        [file("a.pdf", PE), file("b.js"), file("c.mp4"), file("d.txt")],
        Limits(refused=[PROGRAMS.code, "mp4"], allowed=["pdf", "js"]),
    )

    assert found == [
        "It is really a Windows program: programs and scripts are not taken.",
        "It is of the type js: programs and scripts are not taken.",
        "It is of the type mp4, which is not taken.",
        "It is of no kind that is taken.",
    ]


def test_size_counts_for_each_and_for_all_together() -> None:
    sizes = [5 * KB, 20 * KB, 8 * KB, 3 * KB]

    found = reasons(
        [Candidate(f"{number}.txt", "text/plain", size) for number, size in enumerate(sizes)],
        Limits(most_octets=10 * KB, most_octets_together=10 * KB),
    )

    assert found == ["", "It is larger than 10 KB.", "Together with those before it, it is larger than 10 KB.", ""]


def test_pictures_in_the_text_count_for_their_size_only() -> None:
    limits = Limits(most_octets=KB, allowed=["pdf"])
    picture = Candidate("logo.png", "image/png", KB, is_inline=True, head=PNG)
    large = Candidate("logo.png", "image/png", KB + 1, is_inline=True, head=PNG)
    program = Candidate("logo.png", "image/png", KB, is_inline=True, head=PE)

    assert reasons([picture, large, program], limits) == [
        "",
        "It is larger than 1 KB.",
        "It is of no kind that is taken.",
    ]


def test_no_limits_take_everything() -> None:
    assert reasons([file("setup.exe", PE)], Limits()) == [""]
