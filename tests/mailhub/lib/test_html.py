"""HTML of mail: what is shown, what is fetched, and how long it may take (SECURITY TC2)."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailhub.lib.html import (
    RemoteContent,
    Sanitised,
    TooComplex,
    html_to_plain,
    html_to_text,
    sanitise,
    snippet,
    text_to_html,
)


def cleaned(html: str, remote: RemoteContent = RemoteContent.BLOCKED) -> Sanitised:
    return sanitise(html, remote=remote, cid_url={"logo@x": "/parts/7"}.get)


def tags_of(html: str) -> list[list[str]]:
    """The tags and texts of sanitised HTML; the order of attributes has no meaning, and differs from run to run."""
    return [sorted(re.findall(r'[\w-]+="[^"]*"|[^\s"]+', piece)) for piece in re.split(r"(?=<)|(?<=>)", html)]


def test_ordinary_mail_keeps_its_look() -> None:
    html = '<table width="600"><tbody><tr><td style="color:#333;padding:4px"><b>Hi</b></td></tr></tbody></table>'

    assert cleaned(html).html == html


def test_link_opens_elsewhere_and_tells_nothing() -> None:
    result = cleaned('<a href="https://example.com/?a=1&amp;b=2" target="_self">x</a>')

    assert set(re.findall(r'(\w+)="([^"]*)"', result.html)) == {
        ("href", "https://example.com/?a=1&amp;b=2"),
        ("target", "_blank"),
        ("rel", "noopener noreferrer"),
    }


def test_picture_of_the_mail_itself_is_shown_from_its_part() -> None:
    assert cleaned('<img src="cid:logo@x">') == Sanitised('<img src="/parts/7">', 0)


def test_encoded_content_id_finds_its_part() -> None:
    assert cleaned('<img src="cid:logo%40x">') == Sanitised('<img src="/parts/7">', 0)


def test_picture_of_an_unknown_part_is_removed() -> None:
    assert cleaned('<img src="cid:other">') == Sanitised("<img>", 0)


def test_remote_picture_is_blocked_and_counted() -> None:
    assert cleaned('<img src="https://t.example/1.gif" width="1">') == Sanitised('<img width="1">', 1)


def test_remote_picture_is_shown_when_the_reader_wants_it() -> None:
    html = '<img src="https://t.example/1.gif">'

    assert cleaned(html, RemoteContent.SHOWN) == Sanitised(html, 0)


INERT = {
    "B017-svg": '<svg><use href="data:image/s&#9;vg+xml;base64,PHN2Zz4="></use></svg>',
    "B018-split-tag": "<scr<script>ipt>alert(1)</script>",
    "B018-nested-tag": "<<script>script>alert(1)<</script>/script>",
    "B019-scheme-with-tab": '<a href="java&#9;script:alert(1)">x</a>',
    "B019-scheme": '<a href=" javascript:alert(1)">x</a>',
    "B020-math": "<math><mtext><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "B020-noscript": '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    "B020-template": "<template><img src=x onerror=alert(1)></template>",
    "B022-style-variable": '<p style="background-image:var(--x,url(http://t.example/1.gif))">x</p>',
    "B022-style-escape": '<p style="background-image:u\\72l(http://t.example/1.gif)">x</p>',
    "B022-style-comment": '<p style="background-image:u/**/rl(//t.example)">x</p>',
    "B022-image-set": "<p style=\"background:image-set('http://t.example/1.png' 1x)\">x</p>",
    "B022-expression": '<p style="width:expression(alert(1))">x</p>',
    "B023-background": '<body background="data:image/png,x);background:url(//t.example)">x',
    "B024-srcset": '<img srcset="//t.example/1.gif 1x" src=//t.example/2.gif>',
    "B025-link": '<link rel=stylesheet href="https://t.example/x.css">x',
    "B025-import": "<style>@import url(https://t.example/x.css);</style>x",
    "B026-utf7": "<script>alert(1)</script>ok",
    "B027-relative-image": '<img src="/api/logout">',
    "B027-form": "<form action=/billing><input name=x><button formaction=/billing>Pay</button></form>",
    "B028-base": '<base href="https://t.example/">x',
    "B028-refresh": '<meta http-equiv=refresh content="0;url=https://t.example/">x',
    "handler": "<p onclick=alert(1) ONMOUSEOVER='alert(1)'>x</p>",
    "frame": '<iframe src="https://t.example/"></iframe><object data="https://t.example"></object>',
    "embed": "<embed src=//t.example>",
    "relative-link": '<a href="/billing">x</a><a href="//t.example">x</a><a href="#top">x</a>',
    "video": '<video poster="https://t.example/1.png" src="https://t.example/1.mp4"></video>',
    "cid-link": '<a href="cid:logo@x">x</a>',
    "data-link": '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "identity": '<p id="page" name="page" class="toolbar">x</p>',
    "position": '<p style="position:fixed;top:0;left:0;z-index:9">x</p>',
    "attribute-breakout": "<p title='\"><img src=x onerror=alert(1)>'>x</p>",
    "unclosed-comment": "<!--><img src=x onerror=alert(1)>-->",
}
FORBIDDEN = re.compile(
    r"<(?!/?(?:a|b|body|p|div|img|table|tbody|tr|td)\b)[a-z!?]|<[^>]*\s(?:on\w+|id|name|class|srcset|background|poster|action)="
    r"|javascript:|t\.example|/api|/billing|url\(|var\(|expression|position|image-set|data:",
    re.IGNORECASE,
)


@pytest.mark.parametrize("html", INERT.values(), ids=INERT.keys())
def test_dangerous_html_is_inert(html: str) -> None:
    result = cleaned(html).html

    without_text = re.sub(r">[^<]*<", "><", f">{result}<")
    without_titles = re.sub(r'title="[^"]*"', "", without_text)
    assert not FORBIDDEN.search(without_titles)
    assert tags_of(cleaned(result).html) == tags_of(result)


@pytest.mark.parametrize(
    ("html", "count"),
    [
        ('<img src="https://t.example/1.gif"><img src="http://t.example/2.gif">', 2),
        ('<img srcset="https://t.example/1.gif 2x">', 1),
        ('<table background="https://t.example/1.gif"></table>', 1),
        ('<p style="background:url(https://t.example/1.gif)">x</p>', 1),
        ('<img src="cid:logo@x"><p style="color:red">x</p>', 0),
    ],
    ids=["B024-src", "B024-srcset", "B023-background", "B022-style", "nothing"],
)
def test_blocked_references_are_counted(html: str, count: int) -> None:
    assert cleaned(html).blocked_count == count


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 100_000,
        "<b>" * 300,
        "<font size=1>" * 300,
        "<div><table><td>" * 200,
        "<div><table><td></div></table>" * 300,
        "<br>" * 100_001,
        "x" * (2 * 1024 * 1024 + 1),
    ],
    ids=["B029-divs", "formatting", "attributes", "tables", "scope", "elements", "size"],
)
def test_too_complex_html_is_refused_within_two_seconds(html: str) -> None:
    started = time.monotonic()

    with pytest.raises(TooComplex):
        cleaned(html)

    assert time.monotonic() - started < 2


SLOW = {
    "misnested": "".join(f"<div><font size={n}></div>" for n in range(40_000)),
    "anchors": "<a><b></a></b>" * 45_000,
    "brackets": "<" * 500_000,
    "open-attribute": '<a b="' * 100_000,
    "open-comment": "<!--" * 200_000,
    "paragraphs": "<div>" * 250 + "<p>" * 99_000,
    "long-references": "&#99999999999999999999" * 40_000,
    "huge-reference": "&#" + "9" * 500_000 + ";",
    "attributes": "<p " + "a=1 " * 200_000 + ">",
}


@pytest.mark.parametrize("html", SLOW.values(), ids=SLOW.keys())
def test_b029_html_that_makes_parsers_quadratic_takes_linear_time(html: str) -> None:
    started = time.monotonic()

    cleaned(html)
    html_to_plain(html)
    html_to_text(html[:200_000])

    assert time.monotonic() - started < 10


FULL = {
    "named-attributes": "<p " + "".join(f"a{n}=1 " for n in range(100_000)) + ">",
    "ampersands": "&" * 500_000,
    "ampersands-in-attributes": f"<p title='{'&' * 8000}'>" * 200,
    "ampersand-in-one-attribute": f"<p title='{'&' * 1_000_000}'>",
    "ampersands-between-unknown-tags": "&<x>" * 200_000,
    "two-octet-signs": "\u00a1" * 1_000_000,
    "controls": "\u0085" * 1_000_000,
    "open-tags": "<a " * 600_000,
    "open-elements": "<title>" * 200_000,
    "ends": "</div>" * 300_000,
    "declarations": "<!" * 500_000,
    "row": "<table>" + "<tr><td>x" * 45_000,
    "cells": "<table><td>" + "<td background=x>" * 90_000,
    "pictures": "<img src=http://t.example/1>" * 60_000,
    "declarations-of-style": "<p style='" + "color:red;" * 190_000 + "'>x</p>",
}


@pytest.mark.parametrize("html", FULL.values(), ids=FULL.keys())
def test_b029_html_full_of_one_thing_takes_linear_time(html: str) -> None:
    started = time.process_time()

    cleaned(html)
    html_to_plain(html)

    assert time.process_time() - started < 5


@given(st.text(alphabet="<>/!-=\"' abdivtrpsncgonerimu&;:()", max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_html_is_clean_and_stays_as_it_is(html: str) -> None:
    result = cleaned(html).html

    assert not re.search(r"<[^>]*\son\w+=", result)
    assert tags_of(cleaned(result).html) == tags_of(result)


def test_no_word_is_lost_where_long_text_is_written_in_pieces() -> None:
    words = " ".join(f"{number}&amp;&lt;b&gt;" for number in range(3000))

    assert cleaned(f"<p>{words}</p>").html == f"<p>{words}</p>"
    assert cleaned(words.replace(" ", "<x> ")).html == words


def test_address_without_slashes_is_not_taken_for_a_remote_picture() -> None:
    """`http:/api` is an address of ours on a page that came by http (WHATWG URL §4.4)."""
    html = '<img src="http:/api/logout"><img src="https:api/logout"><img src="http:?x">'

    assert cleaned(html, RemoteContent.SHOWN).html == "<img><img><img>"


def test_link_in_a_table_inside_a_link_does_not_change_when_it_is_read_again() -> None:
    result = cleaned("<a href=http://a.example><table><a href=http://b.example><tr><td>x</table></a>").html

    assert tags_of(cleaned(result).html) == tags_of(result)


def test_table_scope_keeps_an_outer_element_open() -> None:
    assert cleaned("<div>a<table><tr><td></div>b</td></tr></table>c</div>").html == (
        "<div>a<table><tbody><tr><td>b</td></tr></tbody></table>c</div>"
    )


def test_body_style_survives_as_a_block() -> None:
    assert cleaned('<html><body style="background-color:#000;color:#fff">x</body></html>').html == (
        '<div style="background-color:#000;color:#fff">x</div>'
    )


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two<br>Three</p>", "One\n\nTwo\nThree"),
        ("<div>a&nbsp;&amp;&#8364;</div>", "a &€"),
        ("<style>p{}</style><title>t</title>x<script>y</script>", "x"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ("<pre>a\n b</pre>", "a\nb"),
        ("a < b <c", "a < b"),
        ("<!-- x --><![if mso]>y<![endif]>", "y"),
        ("&#" + "9" * 5000 + ";x", "\ufffdx"),
        ("a\x00b", "ab"),
    ],
)
def test_words_of_html_are_found(html: str, text: str) -> None:
    assert html_to_plain(html) == text


def test_text_alternative_shows_where_links_lead() -> None:
    text = html_to_text('<h1>Offer</h1><ul><li>One</li></ul><p><a href="https://example.com/u">Unsubscribe</a></p>')

    assert "Offer" in text
    assert "* One" in text
    assert "https://example.com/u" in text


def test_text_alternative_of_deep_html_keeps_the_words() -> None:
    assert html_to_text("<div>" * 1000 + "deep") == "deep"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a < b & c", "a &lt; b &amp; c"),
        ("one\r\ntwo", "one<br>\ntwo"),
        (
            "see https://example.com/a?b=1&c=2.",
            'see <a href="https://example.com/a?b=1&amp;c=2" rel="noopener noreferrer" target="_blank">'
            "https://example.com/a?b=1&amp;c=2</a>.",
        ),
        (
            "(https://example.com/x_(y))",
            '(<a href="https://example.com/x_(y)" rel="noopener noreferrer" target="_blank">https://example.com/x_(y)</a>)',
        ),
        ("javascript:alert(1)", "javascript:alert(1)"),
    ],
)
def test_text_becomes_escaped_html_with_links(text: str, html: str) -> None:
    assert text_to_html(text) == html


@pytest.mark.parametrize(
    "text",
    ['a@a.co?]<img/src="x"/onerror=alert(1)>', 'http://x"onmouseover=alert(1)', "http://x'><script>alert(1)</script>"],
    ids=lambda text: f"B021-{text[:16]}",
)
def test_hostile_text_is_escaped(text: str) -> None:
    html = text_to_html(text)

    assert not re.search(r"<(?!/?a\b|br>)", html)
    assert not re.search(r"<[^>]*\son\w+=", html)


@pytest.mark.parametrize("piece", ["http://", "http://a)", "http://a(", "http://a.,", "("])
def test_b021_links_are_found_in_linear_time(piece: str) -> None:
    started = time.monotonic()

    text_to_html(piece * 100_000)

    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Hello\n\n world ", "Hello world"),
        ("word " * 100, ("word " * 28)[:139] + "…"),
        ("x" * 500, "x" * 139 + "…"),
        ("\u034f\u200c\u00ad" * 50 + "Hello", "Hello"),
        ("", ""),
    ],
)
def test_snippet_is_one_short_line(text: str, expected: str) -> None:
    assert snippet(text) == expected
    assert len(snippet(text)) <= 140
