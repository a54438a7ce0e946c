"""Files as people have them, and files that were made to hurt."""

import codecs
import random
import time
import tracemalloc

import pytest

from sequences.importing.files import MOST_OCTETS, MOST_ROWS, FileRefused, Table, read_upload
from sequences.importing.guessing import mapping_of
from sequences.importing.reading import Shape, rows

GERMAN = "Vorname;Nachname;E-Mail\nJürgen;Müller;jm@example.com\nZoë;Weiß;zw@example.com\n"


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (GERMAN.encode(), "utf-8"),
        (codecs.BOM_UTF8 + GERMAN.encode(), "utf-8"),
        (GERMAN.encode("utf-16"), "utf-16"),
        (GERMAN.encode("utf-16-le"), "utf-16-le"),
        (GERMAN.encode("utf-16-be"), "utf-16-be"),
        (GERMAN.encode("cp1252"), "cp1252"),
    ],
)
def test_a_file_is_read_whatever_its_encoding(raw: bytes, encoding: str) -> None:
    table = read_upload(raw)

    assert table.shape == Shape(encoding, ";", has_header=True)
    assert table.columns == ["Vorname", "Nachname", "E-Mail"]
    assert table.sample[0].cells == ["Jürgen", "Müller", "jm@example.com"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Imię;E-mail\nŁukasz Wiśniewski;lw@example.com\nMałgorzata Żółć;mz@example.com\n", "cp1250"),
        ("Имя;Почта\nИван Петров;ip@example.com\nАнна Сидорова;as@example.com\n", "cp1251"),
        ("Όνομα;Email\nΓιώργος Παπαδόπουλος;gp@example.com\nΕλένη Νικολάου;en@example.com\n", "cp1253"),
        ("名前;メール\n田中たろう;tt@example.com\n山田はなこ;yh@example.com\n", "shift_jis"),
    ],
)
def test_letters_of_other_languages_are_told_apart(text: str, encoding: str) -> None:
    table = read_upload(text.encode(encoding))

    assert table.shape.encoding == encoding
    assert table.columns == text.splitlines()[0].split(";")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    lines = [["email", "company"], ["a@example.com", "Berg & Co"], ["b@example.com", "Lund"]]

    table = read_upload("\r\n".join(delimiter.join(line) for line in lines).encode())

    assert table.shape.delimiter == delimiter
    assert table.sample[1].cells == ["b@example.com", "Lund"]


def test_a_quoted_value_may_hold_delimiters_and_line_breaks() -> None:
    table = read_upload(b'email,company\r\n"a@example.com","Berg,\r\nLund ""and"" Co"\r\n')

    assert table.row_count == 1
    assert table.sample[0].cells == ["a@example.com", 'Berg,\r\nLund "and" Co']


def test_one_column_of_addresses_has_no_header() -> None:
    table = read_upload(b"a@example.com\nb@example.com\n")

    assert (table.shape.has_header, table.columns, table.row_count) == (False, ["Column 1"], 2)
    assert mapping_of(table.columns, table.sample, []) == ["address"]


def test_rows_are_numbered_as_a_table_shows_them() -> None:
    table = read_upload(b"email,name\n\n,,\na@example.com,A\n")

    assert [row.number for row in table.sample] == [4]


def test_the_line_by_which_excel_names_the_delimiter_is_no_row() -> None:
    table = read_upload(b"sep=;\r\nemail;name\r\na@example.com;A,B,C\r\n")

    assert table.columns == ["email", "name"]
    assert table.sample[0].cells == ["a@example.com", "A,B,C"]


def test_a_nul_is_left_out() -> None:
    table = read_upload(b"email,name\na@exa\0mple.com,\0A\n")

    assert table.sample[0].cells == ["a@example.com", "A"]


def test_the_apostrophe_of_our_own_exports_goes_again() -> None:
    table = read_upload(b"email,phone,name\na@example.com,'+49 30 1234,'s Graven\n")

    assert table.sample[0].cells == ["a@example.com", "+49 30 1234", "'s Graven"]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b"\0\0 \r\n", "empty"),
        (b"PK\x03\x04rest", "CSV UTF-8"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "CSV UTF-8"),
        (b"%PDF-1.7", "a PDF"),
        (b"email,name\n", "no row below its header"),
        (b",".join([b"a"] * 1000) + b"\n" + b",".join([b"b"] * 1000), "1,000 columns"),
        (b'email,name\n"' + b"x" * 200_000, "quotation mark"),
        (b"x" * (MOST_OCTETS + 1), "larger than 20 MB"),
        (b"a@example.com\n" * (MOST_ROWS + 1), "more than 100,000 rows"),
    ],
)
def test_what_is_no_table_is_refused_with_a_way_out(raw: bytes, words: str) -> None:
    with pytest.raises(FileRefused, match=words):
        read_upload(raw)


@pytest.mark.parametrize(
    "raw", [b"x," * 10_000_000, b'"' * 20_000_000, b"a" * 20_000_000 + b"\xff", b"\n" * 20_000_000]
)
def test_no_file_takes_long(raw: bytes) -> None:
    begun = time.monotonic()

    _read_or_refused(raw)

    assert time.monotonic() - begun < 30


def test_reading_a_long_file_does_not_hold_its_rows() -> None:
    raw = b"email,a,b,c,d\n" + b"".join(b"p%d@example.com,aaaa,bbbb,cccc,dddd\n" % number for number in range(60_000))
    shape = Shape("utf-8", ",", has_header=True)

    tracemalloc.start()
    count = sum(1 for _row in rows(raw, shape))
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 60_000
    assert most < len(raw) + 1_000_000


def test_octets_without_any_sense_are_read_or_refused() -> None:
    dice = random.Random(3)
    telling = b',;"\n\r\t|@.ab\0\xff\xfe\xef'
    for _ in range(200):
        size = dice.choice([1, 3, 20, 200, 2000])
        _read_or_refused(bytes(dice.choice([dice.randrange(256), *telling]) for _ in range(size)))


def test_line_ends_of_old_macintoshes_end_lines() -> None:
    table = read_upload(b"email;name\ra@example.com;A\rb@example.com;B\r")

    assert (table.columns, table.row_count, table.shape.delimiter) == (["email", "name"], 2, ";")


def _read_or_refused(raw: bytes) -> Table | None:
    try:
        return read_upload(raw)
    except FileRefused:
        return None
