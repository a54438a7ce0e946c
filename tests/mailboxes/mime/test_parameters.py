"""Parameters of Content-Type and Content-Disposition, above all names of files (RFC 2045, 2231, 2047)."""

import time

import pytest

from mailboxes.mime.parameters import parse_parameters

FILE_NAMES = {
    "quoted": ('attachment; filename="a b.pdf"', "a b.pdf"),
    "bare": ("attachment; filename=a.pdf", "a.pdf"),
    "bare-with-spaces": ("attachment; filename=annual report (1).pdf", "annual report (1).pdf"),
    "single-quotes": ("attachment; filename='a.pdf'", "'a.pdf'"),
    "upper-case": ('ATTACHMENT; FILENAME="a.pdf"', "a.pdf"),
    "spaces-around": ('attachment ; filename = "a.pdf" ; size = 3', "a.pdf"),
    "semicolon-inside": ('attachment; filename="a;b.pdf"', "a;b.pdf"),
    "escaped-quote": (r'attachment; filename="a \"b\".pdf"', 'a "b".pdf'),
    "quotes-inside": ('attachment; filename="the "new" plan.pdf"; size=3', 'the "new" plan.pdf'),
    "windows-path": (r'attachment; filename="C:\docs\a.pdf"', r"C:\docs\a.pdf"),
    "open-quote": ('attachment; filename="a.pdf', "a.pdf"),
    "no-semicolon": ('attachment filename="a.pdf"', "a.pdf"),
    "no-semicolon-between": ('attachment; size=3 filename="a.pdf"', "a.pdf"),
    "no-semicolon-behind-quotes": ('attachment; x="3" filename="a.pdf"', "a.pdf"),
    "comment": ('attachment (x); (y) filename="a.pdf" (z)', "a.pdf"),
    "twice": ('attachment; filename="a.pdf"; filename="b.pdf"', "a.pdf"),
    "first-empty": ('attachment; filename=""; filename="b.pdf"', "b.pdf"),
    "encoded-word": ('attachment; filename="=?utf-8?Q?=C3=BC.pdf?="', "ü.pdf"),
    "encoded-word-bare": ("attachment; filename==?utf-8?B?w7wucGRm?=", "ü.pdf"),
    "encoded-words": ('attachment; filename="=?utf-8?B?w7w=?= =?utf-8?B?LnBkZg==?="', "ü.pdf"),
    "encoded-word-partly": ('attachment; filename="=?utf-8?Q?=C3=BC?=.pdf"', "ü.pdf"),
    "encoded-words-split": ('attachment; filename="=?utf-8?B?w7w=?=  =?utf-8?B?Lg==?= =?utf-8?B?cGRm?="', "ü.pdf"),
    "extended": ("attachment; filename*=utf-8''%C3%BC.pdf", "ü.pdf"),
    "extended-language": ("attachment; filename*=utf-8'de'%C3%BC.pdf", "ü.pdf"),
    "extended-quoted": ("attachment; filename*=\"utf-8''%C3%BC.pdf\"", "ü.pdf"),
    "extended-latin": ("attachment; filename*=iso-8859-1''%FC.pdf", "ü.pdf"),
    "extended-japanese": ("attachment; filename*=iso-2022-jp''%1B%24BF%7C%1B%28B.pdf", "日.pdf"),
    "extended-no-charset": ("attachment; filename*=%C3%BC.pdf", "ü.pdf"),
    "extended-empty-charset": ("attachment; filename*=''%C3%BC.pdf", "ü.pdf"),
    "extended-is-encoded-word": ("attachment; filename*==?utf-8?B?w7wucGRm?=", "ü.pdf"),
    "extended-wins": ("attachment; filename=\"_.pdf\"; filename*=utf-8''%C3%BC.pdf", "ü.pdf"),
    "extended-first-wins": ("attachment; filename*=utf-8''%C3%BC.pdf; filename=\"_.pdf\"", "ü.pdf"),
    "extended-damaged": ("attachment; filename=\"u.pdf\"; filename*=utf-8''%C3.pdf", "u.pdf"),
    "continued": ("attachment; filename*0=long; filename*1=er.pdf", "longer.pdf"),
    "continued-encoded": ("attachment; filename*0*=utf-8''%C3%BC; filename*1*=%C3%A4; filename*2=.pdf", "üä.pdf"),
    "continued-split-character": ("attachment; filename*0*=utf-8''%C3; filename*1*=%BC.pdf", "ü.pdf"),
    "continued-out-of-order": ("attachment; filename*1=b.pdf; filename*0=a", "ab.pdf"),
    "continued-from-one": ("attachment; filename*1=a; filename*2=b.pdf", "ab.pdf"),
    "continued-many": ("attachment; " + "; ".join(f"filename*{n}={n};" for n in range(12)), "01234567891011"),
    "continued-behind-plain": ("attachment; filename=a; filename*1=b.pdf", "ab.pdf"),
    "continued-words": ('attachment; filename*0="=?utf-8?B?w7w=?="; filename*1="=?utf-8?B?LnBkZg==?="', "ü.pdf"),
    "continued-words-cut": ('attachment; filename*0="=?utf-8?B?w7wu"; filename*1="cGRm?="', "ü.pdf"),
    "continued-without-asterisk": ('attachment; filename*0="utf-8\'\'%C3%BC"; filename*1="%C3%A4.pdf"', "üä.pdf"),
    "percent-is-a-sign": ("attachment; filename*0=100%20; filename*1=.pdf", "100%20.pdf"),
    "extended-in-plain": ("attachment; filename=\"utf-8''%C3%BC.pdf\"", "ü.pdf"),
    "percent-encoded": ('attachment; filename="%C3%BCber%20uns.pdf"', "über uns.pdf"),
    "percent-ascii-stays": ('attachment; filename="a%20b.pdf"', "a%20b.pdf"),
    "percent-not-utf-8-stays": ('attachment; filename="100%FC.pdf"', "100%FC.pdf"),
    "raw-utf-8": ('attachment; filename="ü.pdf"', "ü.pdf"),
    "apostrophes-in-name": ("attachment; filename*0=\"it's 'a'\"; filename*1=.pdf", "it's 'a'.pdf"),
    "nothing": ("attachment", ""),
    "only-name": ("attachment; filename", ""),
    "no-value": ("attachment; filename=", ""),
    "whole-wins-over-sections": ("attachment; filename*0=a; filename*1=b; filename*=utf-8''%C3%BC.pdf", "ü.pdf"),
    "whole-is-first-section": ("attachment; filename*=utf-8''%C3%BC; filename*1*=%C3%A4.pdf", "üä.pdf"),
    "extended-one-quote": ("attachment; filename*=utf-8'%C3%BC.pdf", "ü.pdf"),
    "one-quote-in-name": ('attachment; filename*0="anna\'s"; filename*1=.pdf', "anna's.pdf"),
    "no-disposition": ('; filename="a.pdf"', "a.pdf"),
    "no-disposition-extended": ("filename*=utf-8''%C3%BC.pdf", "ü.pdf"),
    "equals-alone": ("; = ; filename=a.pdf", "a.pdf"),
}


@pytest.mark.parametrize(("value", "name"), FILE_NAMES.values(), ids=FILE_NAMES.keys())
def test_file_name_is_read(value: str, name: str) -> None:
    assert parse_parameters(value)[1].get("filename", "") == name


TYPES = {
    "usual": ("text/plain; charset=utf-8; format=flowed", "text/plain", {"charset": "utf-8", "format": "flowed"}),
    "no-semicolon": ("text/plain charset=utf-8", "text/plain", {"charset": "utf-8"}),
    "no-semicolon-between": (
        "text/plain; charset=utf-8 format=flowed",
        "text/plain",
        {"charset": "utf-8", "format": "flowed"},
    ),
    "comma": ('text/plain, charset="utf-8"', "text/plain", {"charset": "utf-8"}),
    "comment": ("text/plain (a note); charset=utf-8 (another)", "text/plain", {"charset": "utf-8"}),
    "upper-case": ("TEXT/HTML; CHARSET=UTF-8", "text/html", {"charset": "UTF-8"}),
    "quoted-type": ('"text/html"; charset=utf-8', "text/html", {"charset": "utf-8"}),
    "name-alone": ("text/html; charset", "text/html", {}),
    "boundary-as-it-is": ('multipart/mixed; boundary="=?b?Q?x?="', "multipart/mixed", {"boundary": "=?b?Q?x?="}),
    "boundary-with-equals": ("multipart/mixed; boundary=----=_Part", "multipart/mixed", {"boundary": "----=_Part"}),
    "boundary-with-space": ('multipart/mixed; boundary="a b"', "multipart/mixed", {"boundary": "a b"}),
    "trailing-semicolons": ("text/plain; charset=utf-8;;", "text/plain", {"charset": "utf-8"}),
    "parameter-alone": ("charset=utf-8", "", {"charset": "utf-8"}),
    "empty": ("", "", {}),
}


@pytest.mark.parametrize(("value", "main", "parameters"), TYPES.values(), ids=TYPES.keys())
def test_media_type_is_read(value: str, main: str, parameters: dict[str, str]) -> None:
    assert parse_parameters(value) == (main, parameters)


@pytest.mark.parametrize(
    "piece", ["; a=b", ';a="', '"', "; a", "=", "(", "\\", " ", ";a*0=b", "a=b ", " charset", "'", "%C3", "=?"]
)
def test_b050_long_value_takes_linear_time(piece: str) -> None:
    started = time.monotonic()

    parse_parameters("text/plain; x=" + piece * 20_000)

    assert time.monotonic() - started < 2
