"""The day on which somebody is back, in the languages and forms in which people write it."""

import time
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailboxes.classifying.automatic.returning import returns_on

TUESDAY = datetime(2026, 7, 28, 9, 0, tzinfo=UTC)

TOLD = [
    # English
    ("I am away and back on 2026-09-21.", "2026-09-21"),
    ("I'm out of the office until September 15, and back to normal after.", "2026-09-15"),
    ("I will answer on my return on the 8th September.", "2026-09-08"),
    ("I will be back in the office on Monday, August 17th.", "2026-08-17"),
    ("Away through 18 September.", "2026-09-19"),
    ("I am out until and including 14 August.", "2026-08-15"),
    ("I am away from 1 to 14 August.", "2026-08-15"),
    ("I am away August 3-14.", "2026-08-15"),
    ("I am away between 3 August and 14 August.", "2026-08-15"),
    ("I will be away starting 07/29/2026 and will not return until 08/05/2026.", "2026-08-05"),
    ("I am away until 10 September; see 2026-10-01 for the contract.", "2026-09-10"),
    ("I am away 3-14 August, back after 16 August.", "2026-08-17"),
    ("I am out of the office until Friday.", "2026-07-31"),
    ("I'll be back tomorrow.", "2026-07-29"),
    ("I'll be back on 5 January.", "2027-01-05"),
    # German
    ("Ich bin bis zum 12. August nicht im Büro.", "2026-08-12"),
    ("Ich bin bis einschließlich 30. September abwesend.", "2026-10-01"),
    ("Ich bin vom 27.07. bis 14.08.2026 im Urlaub.", "2026-08-15"),
    ("Ich bin ab dem 10.9. wieder im Büro.", "2026-09-10"),
    ("Ab Montag, dem 17.08.2026, bin ich wieder für Sie da.", "2026-08-17"),
    ("Ich bin erst am Montag wieder da.", "2026-08-03"),
    # French, Spanish, Italian, Portuguese
    ("Je suis absent jusqu’au 3 août.", "2026-08-03"),
    ("Je suis absente du 1er au 14 août.", "2026-08-15"),
    ("Je suis absent jusqu'au 05/08/2026 inclus.", "2026-08-06"),
    ("Estaré fuera hasta el 3 de agosto.", "2026-08-03"),
    ("Estaré fuera del 1 al 14 de agosto.", "2026-08-15"),
    ("Sono in ferie fino al 14 agosto compreso.", "2026-08-15"),
    ("Rientro il 17 agosto.", "2026-08-17"),
    ("Estarei ausente até 14 de agosto.", "2026-08-14"),
    ("Estou de volta a 17/08/2026.", "2026-08-17"),
    # Dutch, Danish, Swedish, Finnish
    ("Ik ben afwezig tot en met 3 augustus.", "2026-08-04"),
    ("Ik ben terug op 7 oktober.", "2026-10-07"),
    ("Jeg er på ferie til 20. august.", "2026-08-20"),
    ("Jag är på semester och är åter 20 augusti.", "2026-08-20"),
    ("Olen lomalla 14.8. asti.", "2026-08-14"),
    # Polish, Czech, Latvian, Hungarian, Turkish, Greek, Russian
    ("Jestem na urlopie do 3 sierpnia.", "2026-08-03"),
    ("Jsem na dovolené do 14.8.2026.", "2026-08-14"),
    ("Atgriezīšos 17. augustā.", "2026-08-17"),
    ("Augusztus 14-ig szabadságon vagyok.", "2026-08-14"),
    ("15 Ağustos tarihine kadar izindeyim.", "2026-08-15"),
    ("Επιστρέφω στις 17 Αυγούστου.", "2026-08-17"),
    ("Я в отпуске с 3 по 14 августа.", "2026-08-15"),
    ("Вернусь 17 августа.", "2026-08-17"),
    # Japanese, Chinese, Korean, Vietnamese, Indonesian
    ("8月3日まで不在にしております。", "2026-08-04"),
    ("8/3まで休暇をいただいております。", "2026-08-04"),
    ("8月17日より出社いたします。", "2026-08-17"),
    ("本人于8月3日至8月14日休假。", "2026-08-15"),
    ("2026년 8월 14일까지 휴가입니다.", "2026-08-15"),
    ("Tôi nghỉ phép đến hết ngày 14 tháng 8.", "2026-08-15"),
    ("Saya cuti sampai 14 Agustus 2026.", "2026-08-14"),
]
NOT_TOLD = [
    "Ich bin zur Zeit nicht im Büro.",
    "Our next fair is on 2026-10-01.",
    "I was back on 2026-06-01.",
    "I am back on 2027-09-01.",
    # The ninth of August, or the eighth of September.
    "I'm back on 9/8/2026.",
    "I'm out of the office until October 2026.",
    "I am away until 31 February.",
    "I am not available from 3 August.",
    "I was away until 20 July.",
    "Call us 24/7, we are available.",
    "We are available Monday to Friday.",
    "I am back in a week.",
    "",
]


@pytest.mark.parametrize(("text", "expected"), TOLD, ids=[text for text, _day in TOLD])
def test_return_day_is_read(text: str, expected: str) -> None:
    assert returns_on(text, TUESDAY) == date.fromisoformat(expected)


@pytest.mark.parametrize("text", NOT_TOLD)
def test_return_day_that_is_not_told_is_none(text: str) -> None:
    assert returns_on(text, TUESDAY) is None


def test_return_day_without_a_year_needs_the_date_of_the_mail() -> None:
    assert returns_on("I am back on 3 August.", None) is None
    assert returns_on("I am back on Monday.", None) is None
    assert returns_on("I am back on 3 August 2026.", None) == date(2026, 8, 3)


def test_another_date_tells_which_number_is_the_month() -> None:
    american = "I am away from 07/29/2026, and will return on 08/05/2026."
    british = "I am away from 29/07/2026, and will return on 05/08/2026."

    assert returns_on(american, TUESDAY) == returns_on(british, TUESDAY) == date(2026, 8, 5)


@given(st.text(max_size=400) | st.text("until back on 1234/.-: augustmonday月日まで", max_size=400))
def test_any_text_gives_a_day_within_a_year_or_none(text: str) -> None:
    found = returns_on(text, TUESDAY)

    assert found is None or timedelta(0) <= found - TUESDAY.date() <= timedelta(days=368)


@pytest.mark.parametrize(
    "piece", ["until ", "back on ", "1.1.", "3 august ", "monday ", "back x ", "8月", "12/", "1-", "(", "-"]
)
def test_long_texts_take_bounded_time(piece: str) -> None:
    started = time.monotonic()

    returns_on(piece * 200_000, TUESDAY)

    assert time.monotonic() - started < 2
