"""Marks around what was searched for."""

import pytest

from mailboxes.templatetags.search_marks import marked


@pytest.mark.parametrize(
    ("text", "asked", "shown"),
    [
        ("New Offer for chairs", "offer ", "New <mark>Offer</mark> for chairs"),
        ("Offers", "offe", "<mark>Offers</mark>"),
        ("Offers", "offe ", "Offers"),
        ("Straße", "strasse", "<mark>Straße</mark>"),
        ("chairs", "-chairs", "chairs"),
        ("chairs", "is:", "chairs"),
        ("<b>chairs</b>", "b", "&lt;<mark>b</mark>&gt;chairs&lt;/<mark>b</mark>&gt;"),
        ("<script>", "", "&lt;script&gt;"),
    ],
)
def test_words_are_marked_and_everything_is_escaped(text: str, asked: str, shown: str) -> None:
    assert marked(text, asked) == shown
