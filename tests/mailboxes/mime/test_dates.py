"""Dates in the shapes in which they arrive (RFC 5322 §3.3, §4.3, and what is neither)."""

import time
from datetime import UTC, datetime

import pytest

from mailboxes.mime.dates import read_date

DATES = {
    "usual": ("Tue, 3 Feb 2026 10:20:30 +0100", "2026-02-03T09:20:30"),
    "comment": ("Tue, 03 Feb 2026 10:20:30 +0100 (CET)", "2026-02-03T09:20:30"),
    "no-weekday": ("3 Feb 2026 10:20:30 -0500", "2026-02-03T15:20:30"),
    "no-seconds": ("Tue, 3 Feb 2026 10:20 +0000", "2026-02-03T10:20:00"),
    "no-zone": ("Tue, 3 Feb 2026 10:20:30", "2026-02-03T10:20:30"),
    "no-time": ("Tue, 3 Feb 2026", "2026-02-03T00:00:00"),
    "unknown-zone": ("Tue, 3 Feb 2026 10:20:30 -0000", "2026-02-03T10:20:30"),
    "gmt": ("Tue, 3 Feb 2026 10:20:30 GMT", "2026-02-03T10:20:30"),
    "obsolete-zone": ("Tue, 3 Feb 2026 10:20:30 PST", "2026-02-03T18:20:30"),
    "summer-zone": ("Fri, 3 Jul 2026 10:20:30 MESZ", "2026-07-03T08:20:30"),
    "military-zone": ("Tue, 3 Feb 2026 10:20:30 Z", "2026-02-03T10:20:30"),
    "gmt-and-offset": ("Tue, 3 Feb 2026 10:20:30 GMT+0200", "2026-02-03T08:20:30"),
    "utc-and-hours": ("Tue, 3 Feb 2026 10:20:30 UTC+2", "2026-02-03T08:20:30"),
    "colon-in-zone": ("Tue, 3 Feb 2026 10:20:30 +01:00", "2026-02-03T09:20:30"),
    "half-hour-zone": ("Tue, 3 Feb 2026 10:20:30 +0530", "2026-02-03T04:50:30"),
    "newfoundland": ("Tue, 3 Feb 2026 10:20:30 NST", "2026-02-03T13:50:30"),
    "two-digit-year": ("Tue, 3 Feb 98 10:20:30 +0000", "1998-02-03T10:20:30"),
    "two-digit-year-new": ("Tue, 3 Feb 26 10:20:30 +0000", "2026-02-03T10:20:30"),
    "three-digit-year": ("Tue, 3 Feb 103 10:20:30 +0000", "2003-02-03T10:20:30"),
    "hyphens": ("Tue, 03-Feb-2026 10:20:30 GMT", "2026-02-03T10:20:30"),
    "extra-commas": ("Tue,, 3 Feb, 2026, 10:20:30 +0000", "2026-02-03T10:20:30"),
    "american-order": ("Tuesday, February 3, 2026 10:20 AM", "2026-02-03T10:20:00"),
    "afternoon": ("Tue, 3 Feb 2026 1:20:30 PM +0000", "2026-02-03T13:20:30"),
    "midnight": ("3 Feb 2026 12:05 am", "2026-02-03T00:05:00"),
    "asctime": ("Tue Feb  3 10:20:30 2026", "2026-02-03T10:20:30"),
    "unix-date": ("Tue Feb  3 10:20:30 CET 2026", "2026-02-03T09:20:30"),
    "unix-date-offset": ("Tue Feb  3 10:20:30 2026 +0100", "2026-02-03T09:20:30"),
    "iso": ("2026-02-03T10:20:30+01:00", "2026-02-03T09:20:30"),
    "iso-utc": ("2026-02-03T10:20:30Z", "2026-02-03T10:20:30"),
    "iso-fraction": ("2026-02-03 10:20:30.123456", "2026-02-03T10:20:30"),
    "iso-date": ("2026-02-03", "2026-02-03T00:00:00"),
    "slashes": ("2026/02/03 10:20:30", "2026-02-03T10:20:30"),
    "german-numbers": ("03.02.2026 10:20", "2026-02-03T10:20:00"),
    "american-numbers": ("02/25/2026 10:20", "2026-02-25T10:20:00"),
    "long-month": ("3 February 2026 10:20:30 +0000", "2026-02-03T10:20:30"),
    "german": ("Di, 3. März 2026 10:20:30 +0100", "2026-03-03T09:20:30"),
    "german-december": ("Do, 3 Dez 2026 10:20:30 +0100", "2026-12-03T09:20:30"),
    "french": ("mar., 3 févr. 2026 10:20:30 +0100", "2026-02-03T09:20:30"),
    "french-august": ("lun, 3 août 2026 10:20:30 +0200", "2026-08-03T08:20:30"),
    "spanish": ("mar, 3 ene 2026 10:20:30 +0100", "2026-01-03T09:20:30"),
    "italian": ("gio, 3 dic 2026 10:20:30 +0100", "2026-12-03T09:20:30"),
    "dutch": ("di, 3 mrt 2026 10:20:30 +0100", "2026-03-03T09:20:30"),
    "russian": ("Вт, 3 фев 2026 10:20:30 +0300", "2026-02-03T07:20:30"),
    "polish": ("wt., 3 paź 2026 10:20:30 +0200", "2026-10-03T08:20:30"),
    "japanese": ("2026年2月3日 10:20:30 +0900", "2026-02-03T01:20:30"),
    "leap-second": ("Wed, 31 Dec 2025 23:59:60 +0000", "2025-12-31T23:59:59"),
    "white-space": ("\t Tue,  3  Feb  2026   10:20:30   +0100 ", "2026-02-03T09:20:30"),
    "upper-case": ("TUE, 3 FEB 2026 10:20:30 +0100", "2026-02-03T09:20:30"),
    "no-space-before-zone": ("Tue, 3 Feb 2026 10:20:30+0100", "2026-02-03T09:20:30"),
    "encoded-remark": (
        "Tue, 3 Feb 2026 10:20:30 +0100 (=?iso-8859-1?Q?Mitteleurop=E4ische_Zeit?=)",
        "2026-02-03T09:20:30",
    ),
}


@pytest.mark.parametrize(("value", "expected"), DATES.values(), ids=DATES.keys())
def test_date_is_read(value: str, expected: str) -> None:
    assert read_date(value) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


NONSENSE = [
    "",
    "yesterday",
    "Tue, 3 Feb 0000 10:00:00 +0000",
    "Tue, 3 Feb 99999 10:00:00 +0000",
    "Tue, 3 Feb 2026 10:00:00 +9999",
    "Tue, 31 Feb 2026 10:00:00 +0000",
    "Tue, 3 Feb 2026 25:00:00 +0000",
    "Tue, 3 Xyz 2026 10:00:00 +0000",
    "Tue, 3 Feb 1601 10:00:00 +0000",
    "9" * 5000,
    "2026",
    "10:20:30",
]


@pytest.mark.parametrize("value", NONSENSE, ids=lambda value: f"B053-{value[:30]}")
def test_what_cannot_be_a_date_is_none(value: str) -> None:
    assert read_date(value) is None


@pytest.mark.parametrize("piece", [" ", "1", "1:", "10:20", "Feb ", "+01", "(", "a", "年", "1/", "1-"])
def test_b050_long_date_takes_linear_time(piece: str) -> None:
    started = time.monotonic()

    read_date(piece * 100_000)

    assert time.monotonic() - started < 2
