"""The reply alone, out of what mail programs write in many languages."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailboxes.quoting import reply_text
from mailhub.lib.html import html_to_plain
from tests.mailboxes.quoting import case_files

ANSWER = "Yes, that works.\n\nBest regards,\nAnna"
MARKED = "> Does it?\n> \n> Bob\n"
UNMARKED = "Does it?\n\nBob\n"

ATTRIBUTIONS = case_files.blocks("attributions.txt")
SEPARATORS = case_files.blocks("separators.txt")
SENT_FROM = case_files.lines("sent_from.txt")
WRITTEN = case_files.blocks("written.txt")
REPLIES = case_files.replies("replies.txt")
HTML = case_files.replies("html.txt")


@pytest.mark.parametrize("quotation", [MARKED, UNMARKED], ids=["marked", "unmarked"])
@pytest.mark.parametrize("attribution", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS.keys())
def test_attribution_and_quotation_are_left_out(attribution: str, quotation: str) -> None:
    assert reply_text(f"{ANSWER}\n\n{attribution}\n\n{quotation}") == ANSWER


@pytest.mark.parametrize("attribution", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS.keys())
def test_attribution_right_below_the_answer_is_left_out(attribution: str) -> None:
    assert reply_text(f"{ANSWER}\n{attribution}\n{MARKED}") == ANSWER


@pytest.mark.parametrize("attribution", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS.keys())
def test_attribution_above_the_answer_is_left_out(attribution: str) -> None:
    assert reply_text(f"{attribution}\n{MARKED}\n{ANSWER}") == ANSWER


@pytest.mark.parametrize("separator", SEPARATORS.values(), ids=SEPARATORS.keys())
def test_message_below_a_separator_is_left_out(separator: str) -> None:
    assert reply_text(f"{ANSWER}\n\n{separator}\n\n{UNMARKED}") == ANSWER


@pytest.mark.parametrize("line", SENT_FROM)
def test_line_of_a_telephone_is_left_out(line: str) -> None:
    assert reply_text(f"{ANSWER}\n\n{line}\n") == ANSWER
    assert reply_text(f"{ANSWER}\n\n{line}\n\nAm 03.02.26 um 10:12 schrieb Bob:\n{MARKED}") == ANSWER


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN.keys())
def test_words_of_a_person_are_kept(text: str) -> None:
    assert reply_text(text) == text


@pytest.mark.parametrize(("text", "reply"), REPLIES.values(), ids=REPLIES.keys())
def test_reply_is_found_in_plain_text(text: str, reply: str) -> None:
    assert reply_text(text) == reply
    assert reply_text(text.replace("\n", "\r\n")) == reply


@pytest.mark.parametrize(("html", "reply"), HTML.values(), ids=HTML.keys())
def test_reply_is_found_in_html(html: str, reply: str) -> None:
    assert reply_text(html_to_plain(html), html).split() == reply.split()


@pytest.mark.parametrize(("html", "reply"), HTML.values(), ids=HTML.keys())
def test_reply_is_found_in_html_where_the_text_is_missing(html: str, reply: str) -> None:
    assert reply_text("", html).split() == reply.split()


def test_plain_text_that_marks_its_quotation_is_preferred() -> None:
    text = f"{ANSWER}\n\nAm 03.02.26 um 10:12 schrieb Bob:\n{MARKED}"

    assert reply_text(text, "<p>Something else</p>") == ANSWER


def test_html_decides_where_the_text_has_no_marks() -> None:
    html = "<p>Yes.</p><div class='gmail_quote'><blockquote type=cite>Does it?</blockquote></div>"

    assert reply_text("Yes.\n\nDoes it?", html) == "Yes."


def test_text_behind_the_searched_part_is_kept() -> None:
    text = "line\n" * 30_000 + "end"

    assert reply_text(text) == text


BOMBS = [
    "a\r",
    *(
        "On ",
        "On \n",
        "On x\n",
        "> ",
        ">",
        ">\n<\n",
        "From: x\n",
        "Am\n\n",
        "_" * 30 + "\n",
        "\n",
        "On a:\n",
        "x wrote:\n",
    ),
    *(
        "<<\n",
        "--\n",
        "Sent from my ",
        "Sent from x\n",
        "-A\n",
        "12:10 ",
        "De: a\nA: b\n",
        "\n- On 3 ",
        "(https://a\n> b\n",
    ),
    *("On 3/3/2026 10:10 x@example.com\n", "From: a Sent: ", "wrote wrote ", "Von ", "[a](b", "`" * 3 + "\n", "----"),
]


@pytest.mark.parametrize("piece", BOMBS, ids=lambda piece: f"B057-{piece[:16]!r}")
def test_hostile_text_is_read_within_seconds(piece: str) -> None:
    started = time.monotonic()

    reply_text(piece * 20_000)

    assert time.monotonic() - started < 4


HTML_BOMBS = [
    *("<div>" * 100_000, "<blockquote>" * 100_000, "<blockquote>a</div>" * 50_000, "<div class=gmail_attr>" * 50_000),
    *("</div>" * 100_000, "<div id=x style='" * 50_000, "<span><div></span>" * 50_000, "a<br>" * 400_000),
    *("<blockquote>" * 5 + "<div>" * 80_000 + "</blockquote>" * 80_000, "\ue000<br>" * 50_000, "<a " * 200_000),
]


@pytest.mark.parametrize("html", HTML_BOMBS, ids=lambda html: html[:70])
def test_hostile_html_is_read_within_seconds(html: str) -> None:
    started = time.monotonic()

    reply_text("", html)

    assert time.monotonic() - started < 8


@given(
    st.lists(
        st.sampled_from(
            ["> a", "b", "", "On 3 Feb 2026, x@example.com wrote:", "--", "From: x", "To: y", "Subject: z", "<", "-Bob"]
        )
    )
)
def test_reply_has_only_lines_of_the_mail(lines: list[str]) -> None:
    reply = reply_text("\n".join(lines))

    assert set(reply.split("\n")) <= {*lines, ""}
