"""Header values and names that come from outside (SECURITY TC4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailhub.lib.headers import InvalidHeaderName, clean_header, valid_header_name

VALUES = {
    "plain": ("Hello", "Hello"),
    "folded": ("a\r\n b\r\n\tc", "a b c"),
    "B043-line-break": ("hi\r\nBcc: e@x.example", "hi Bcc: e@x.example"),
    "B044-vertical-tab": ("Re: hi\x0bthere", "Re: hithere"),
    "B044-separators": ("a\x1cb\x1db\x1eb\x85b\u2028b\u2029", "abbbbb"),
    "B045-merge-field": ("a\r\nBcc: z@z.example", "a Bcc: z@z.example"),
    "nul-and-delete": ("a\x00\x7f\x9fb", "ab"),
    "bidirectional": ("a\u202eb\u2066c\u200fd", "abcd"),
    "surrogate": ("a\udcffb", "a\ufffdb"),
    "composed": ("u\u0308", "ü"),
    "emoji-sequence": ("👩\u200d💻", "👩\u200d💻"),
}


@pytest.mark.parametrize(("value", "expected"), VALUES.values(), ids=VALUES.keys())
def test_header_value_is_one_clean_line(value: str, expected: str) -> None:
    assert clean_header(value) == expected


@given(st.text(alphabet=st.characters()))
def test_cleaned_value_is_one_line_and_stays_as_it_is(value: str) -> None:
    cleaned = clean_header(value)

    assert len(cleaned.splitlines()) <= 1
    assert clean_header(cleaned) == cleaned
    cleaned.encode("utf-8")


@pytest.mark.parametrize("name", ["X-Custom", "List-Unsubscribe", "Precedence"])
def test_field_name_is_accepted(name: str) -> None:
    assert valid_header_name(name) == name


@pytest.mark.parametrize(
    "name", ["X\r\nBcc", "X:", "X Y", "", "Ü", "-X", "X\n", "X" * 100], ids=lambda n: f"B046-{n!r}"
)
def test_text_that_is_no_field_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidHeaderName):
        valid_header_name(name)
