"""Quoted text, written and found again."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailboxes.addresses import Address
from mailboxes.quoting import quote_for_reply, split_quote

ANSWER = "Thanks, that works.\n\nAnna"

QUOTATIONS = {
    "gmail": "On Tue, 3 Feb 2026 at 10:12, Bob <bob@example.org> wrote:\n\n> Hello\n> World",
    "gmail-wrapped": "On Tue, 3 Feb 2026 at 10:12, Robert Miller the Third\n<bob@example.org> wrote:\n\n> Hello",
    "apple-without-marks": "On 3 Feb 2026, at 10:12, Bob <bob@example.org> wrote:\n\nHello\nWorld",
    "german": "Am Di., 3. Feb. 2026 um 10:12 Uhr schrieb Bob <bob@example.org>:\n\n> Hallo",
    "german-thunderbird": "Am 03.02.2026 um 10:12 schrieb Bob:\n> Hallo",
    "french": "Le mar. 3 févr. 2026 à 10:12, Bob <bob@example.org> a écrit :\n\n> Bonjour",
    "spanish": "El mar, 3 feb 2026 a las 10:12, Bob (<bob@example.org>) escribió:\n\n> Hola",
    "italian": "Il giorno mar 3 feb 2026 alle ore 10:12 Bob <bob@example.org> ha scritto:\n\n> Ciao",
    "dutch": "Op di 3 feb 2026 om 10:12 schreef Bob <bob@example.org>:\n\n> Hallo",
    "name-only": "Bob wrote:\n> Hello",
    "marks-only": "> Hello\n>\n> World",
    "outlook": "From: Bob <bob@example.org>\nSent: Tuesday, February 3, 2026\nTo: Anna\nSubject: Offer\n\nHello",
    "outlook-bold": "*From:* Bob\n*Sent:* Tuesday\n*To:* Anna\n*Subject:* Offer\n\nHello",
    "outlook-german": "Von: Bob\nGesendet: Dienstag, 3. Februar 2026 10:12\nAn: Anna\nBetreff: Angebot\n\nHallo",
    "outlook-line": "________________________________\nDe : Bob\nEnvoyé : mardi\nÀ : Anna\nObjet : Offre\n\nBonjour",
    "original-message": "-----Original Message-----\nHello",
    "original-message-german": "-----Ursprüngliche Nachricht-----\nVon: Bob\n\nHallo",
}


@pytest.mark.parametrize("quotation", QUOTATIONS.values(), ids=QUOTATIONS.keys())
def test_quotation_below_the_answer_is_split_off(quotation: str) -> None:
    assert split_quote(f"{ANSWER}\n\n{quotation}\n") == (ANSWER, quotation)


@pytest.mark.parametrize("quotation", ["gmail", "german", "marks-only"])
def test_answer_below_the_quotation_is_found(quotation: str) -> None:
    assert split_quote(f"{QUOTATIONS[quotation]}\n\n{ANSWER}") == (ANSWER, QUOTATIONS[quotation])


def test_answers_between_quoted_lines_stay_with_them() -> None:
    text = "> First?\nYes.\n> Second?\nNo.\n"

    assert split_quote(text + "\n> rest\n") == ("> First?\nYes.\n> Second?\nNo.", "> rest")


@pytest.mark.parametrize(
    "text",
    [
        ANSWER,
        "On Monday we met.\nIt was fine.",
        "From: here we go\nto the moon",
        "The price is 5 > 4",
        "Please note:\nwe are closed",
        "",
    ],
)
def test_text_without_quotation_is_all_new(text: str) -> None:
    assert split_quote(text) == (text, "")


def test_nothing_but_a_quotation_has_no_new_part() -> None:
    assert split_quote("> a\n> b\n") == ("", "> a\n> b")


BOMBS = [
    "On ",
    "On \n",
    "On x\n",
    "> ",
    ">",
    "From: x\n",
    "Am\n\n",
    "_" * 30 + "\n",
    "\n",
    "On a:\n",
    "x wrote:\n",
    " ",
]


@pytest.mark.parametrize("piece", BOMBS, ids=lambda piece: f"B057-{piece[:8]!r}")
def test_hostile_text_is_split_within_a_second(piece: str) -> None:
    started = time.monotonic()

    split_quote(piece * 20_000)

    assert time.monotonic() - started < 1


@given(st.lists(st.sampled_from(["> a", "b", "", "On x wrote:", "-----Original Message-----", "From: x", "To: y"])))
def test_no_written_line_is_lost(lines: list[str]) -> None:
    new, quoted = split_quote("\n".join(lines))

    assert sorted(line for line in (new + "\n" + quoted).split("\n") if line) == sorted(line for line in lines if line)


def test_text_behind_the_searched_part_is_not_lost() -> None:
    text = "line\n" * 30_000 + "end"

    new, quoted = split_quote(text)

    assert (new, quoted) == (text, "")


def test_reply_quotes_every_line_and_names_the_writer() -> None:
    sent_at = datetime(2026, 2, 3, 10, 12, tzinfo=UTC)

    quotation = quote_for_reply("Hello\n\n> old\n", Address("Bob", "bob@example.org"), sent_at)

    assert quotation == "On Tue, 03 Feb 2026 at 10:12 UTC, Bob wrote:\n> Hello\n>\n>> old"


def test_quotation_of_a_reply_is_recognised_again() -> None:
    quotation = quote_for_reply("Hello", Address("", "bob@example.org"), None)

    assert split_quote(f"{ANSWER}\n\n{quotation}") == (ANSWER, quotation)
