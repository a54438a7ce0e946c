"""Words as search compares them."""

import time

import pytest

from mailboxes.searching.words import MAX_WORDS, asked_address, asked_words, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Große STRASSE", ["grosse", "strasse"]),
        ("Ångström, İstanbul, Łódź", ["angstrom", "istanbul", "lodz"]),
        ("ﬁnal Ｑuote №5", ["final", "quote", "no5"]),
        ("Rechnung Nr. 4711-B", ["rechnung", "nr", "4711", "b"]),
        ("soft\u00adhyphen zero\u200bwidth", ["softhyphen", "zerowidth"]),
        ("null\0character", ["null", "character"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("😀 🧾 —", []),
    ],
)
def test_words_lose_case_accents_and_form(text: str, words: list[str]) -> None:
    assert list(words_of(text).sequence) == words
    assert list(asked_words(text)) == words


def test_scripts_without_spaces_are_taken_in_pairs() -> None:
    assert words_of("請求書ABC").sequence == ("請求", "求書", "書", "abc")
    assert asked_words("請求書") == ("請求", "求書")
    assert asked_words("書") == ("書",)
    assert words_of("ไทย").sequence == ("ไท", "ทย", "ย")


def test_an_address_is_a_word_as_a_whole_and_in_parts() -> None:
    words = words_of("Write to <Anna.Berg+sales@Example.COM>, or bob@example.org.")

    assert words.addresses == ("anna.berg+sales@example.com", "bob@example.org")
    assert words.sequence == ("write", "to", "anna", "berg", "sales", "example", "com", "or", "bob", "example", "org")


def test_what_is_asked_for_is_an_address_only_as_a_whole() -> None:
    assert asked_address(" Anna@Example.com ") == "anna@example.com"
    assert asked_address("@example.com") is None
    assert asked_address("anna") is None


def test_what_is_indexed_is_bounded() -> None:
    assert len(words_of("word " * 100_000).sequence) == MAX_WORDS
    assert [len(one) for one in words_of("a" * 1_000_000).sequence] == [64]
    assert len(words_of("請" * 1_000_000).sequence) == MAX_WORDS


@pytest.mark.parametrize("piece", ["a@", "a.", "@", "請", "\u0301", "ﷺ", "é ", "a" * 63 + "@a"])
def test_hostile_text_takes_no_longer_than_its_length(piece: str) -> None:
    began = time.monotonic()

    words_of(piece * 1_000_000)

    assert time.monotonic() - began < 5
