"""What of a mail is text and what is attached, as mail clients of many kinds build it."""

import base64

import pytest

from mailboxes.parsing import Mail, attachment_content, parse

HEADER = b"From: a@example.org\r\nMIME-Version: 1.0\r\n"


def _part(content_type: str, body: str | bytes, *fields: str) -> bytes:
    header = "\r\n".join([f"Content-Type: {content_type}", *fields]).encode()
    return header + b"\r\n\r\n" + (body.encode() if isinstance(body, str) else body)


def _multi(subtype: str, *parts: bytes, boundary: str = "b") -> bytes:
    delimiter = f"--{boundary}".encode()
    body = b"".join(delimiter + b"\r\n" + part + b"\r\n" for part in parts) + delimiter + b"--\r\n"
    return _part(f"multipart/{subtype}; boundary={boundary}", body)


def _read(part: bytes) -> Mail:
    return parse(HEADER + part)


def _names(mail: Mail) -> list[str]:
    return [attachment.filename for attachment in mail.attachments]


PLAIN = _part("text/plain", "plain")
HTML = _part("text/html", "<p>html</p>")
PDF = _part('application/pdf; name="a.pdf"', "pdf", 'Content-Disposition: attachment; filename="a.pdf"')
IMAGE = _part("image/png", "png", "Content-ID: <i@x>", 'Content-Disposition: inline; filename="i.png"')

SHAPES = {
    "alternative": (_multi("alternative", PLAIN, HTML), "plain", "<p>html</p>", []),
    "alternative-html-first": (_multi("alternative", HTML, PLAIN), "plain", "<p>html</p>", []),
    "alternative-empty-plain": (_multi("alternative", _part("text/plain", " \r\n"), HTML), "html", "<p>html</p>", []),
    "alternative-calendar": (
        _multi("alternative", PLAIN, HTML, _part("text/calendar; method=REQUEST", "BEGIN:VCALENDAR")),
        "plain",
        "<p>html</p>",
        ["invite.ics"],
    ),
    "alternative-amp": (
        _multi("alternative", PLAIN, _part("text/x-amp-html", "<html amp4email>"), HTML),
        "plain",
        "<p>html</p>",
        [],
    ),
    "alternative-two-plain": (_multi("alternative", PLAIN, _part("text/plain", "other")), "plain", "", []),
    "html-only": (HTML, "html", "<p>html</p>", []),
    "html-and-pdf": (_multi("mixed", HTML, PDF), "html", "<p>html</p>", ["a.pdf"]),
    "related": (
        _multi("related", _part("text/html", '<img src="cid:i@x">x'), IMAGE),
        "x",
        '<img src="cid:i@x">x',
        ["i.png"],
    ),
    "related-in-alternative": (
        _multi("alternative", PLAIN, _multi("related", HTML, IMAGE, boundary="c")),
        "plain",
        "<p>html</p>",
        ["i.png"],
    ),
    "alternative-in-related": (
        _multi("related", _multi("alternative", PLAIN, HTML, boundary="c"), IMAGE),
        "plain",
        "<p>html</p>",
        ["i.png"],
    ),
    "outlook": (
        _multi("mixed", _multi("related", _multi("alternative", PLAIN, HTML, boundary="d"), IMAGE, boundary="c"), PDF),
        "plain",
        "<p>html</p>",
        ["i.png", "a.pdf"],
    ),
    "apple-text-file-text": (
        _multi("mixed", PLAIN, PDF, _part("text/plain", "more")),
        "plain\nmore",
        "",
        ["a.pdf"],
    ),
    "apple-html-file-html": (
        _multi("alternative", PLAIN, _multi("mixed", HTML, PDF, _part("text/html", "<p>more</p>"), boundary="c")),
        "plain",
        "<p>html</p>\n<p>more</p>",
        ["a.pdf"],
    ),
    "html-then-text": (
        _multi("mixed", HTML, _part("text/plain", "footer")),
        "html\nfooter",
        "<p>html</p>\n<div>footer</div>",
        [],
    ),
    "text-then-html": (_multi("mixed", PLAIN, HTML), "plain\nhtml", "<div>plain</div>\n<p>html</p>", []),
    "text-then-html-that-says-the-same": (
        _multi("mixed", _part("text/plain", "Good morning"), _part("text/html", "<p>Good <b>morning</b>")),
        "Good morning",
        "<p>Good <b>morning</b>",
        [],
    ),
    "list-footer": (
        _multi("mixed", _multi("alternative", PLAIN, HTML, boundary="c"), _part("text/plain", "footer")),
        "plain\nfooter",
        "<p>html</p>\n<div>footer</div>",
        [],
    ),
    "signed": (
        _multi("signed", PLAIN, _part('application/pkcs7-signature; name="smime.p7s"', "x")),
        "plain",
        "",
        ["smime.p7s"],
    ),
    "report": (
        _multi(
            "report",
            PLAIN,
            _part("message/delivery-status", "Action: failed"),
            _part("text/rfc822-headers", "Subject: x"),
        ),
        "plain",
        "",
        ["delivery-status.txt", "headers.txt"],
    ),
    "text-attached": (
        _multi("mixed", PLAIN, _part("text/plain", "x", 'Content-Disposition: attachment; filename="n.txt"')),
        "plain",
        "",
        ["n.txt"],
    ),
    "text-inline-with-name": (
        _multi("mixed", PLAIN, _part("text/plain", "x", 'Content-Disposition: inline; filename="n.txt"')),
        "plain",
        "",
        ["n.txt"],
    ),
    "html-attached": (
        _multi("mixed", PLAIN, _part("text/html", "<p>x", 'Content-Disposition: attachment; filename="n.html"')),
        "plain",
        "",
        ["n.html"],
    ),
    "text-with-name-alone": (
        _multi("mixed", _part('text/plain; name="m.txt"', "hello"), PDF),
        "hello",
        "",
        ["m.txt", "a.pdf"],
    ),
    "file-at-the-root": (PDF, "", "", ["a.pdf"]),
    "calendar-at-the-root": (_part("text/calendar", "BEGIN:VCALENDAR"), "", "", ["invite.ics"]),
    "tnef": (_multi("mixed", PLAIN, _part("application/ms-tnef", "x")), "plain", "", ["winmail.dat"]),
    "appledouble": (
        _multi(
            "mixed",
            PLAIN,
            _multi(
                "appledouble",
                _part('application/applefile; name="a.doc"', "x"),
                _part('application/msword; name="a.doc"', "y"),
                boundary="c",
            ),
        ),
        "plain",
        "",
        ["a.doc", "a.doc"],
    ),
    "enriched": (_part("text/enriched", "<bold>Hi</bold>\n\n<<you\nthere"), "Hi\n<you there", "", []),
    "rtf": (_multi("mixed", PLAIN, _part("text/rtf; name=n.rtf", "{\\rtf}")), "plain", "", ["n.rtf"]),
    "partial": (_part('message/partial; id="x"; number=1', "Subject: y"), "", "", ["attachment-0.txt"]),
    "external-body": (
        _multi(
            "mixed", PLAIN, _part('message/external-body; access-type=URL; name="big.zip"', "Content-Type: x/y\r\n\r\n")
        ),
        "plain",
        "",
        ["big.zip"],
    ),
    "content-location": (_part("image/jpeg", "x", "Content-Location: photo.jpg"), "", "", ["photo.jpg"]),
    "content-location-url": (
        _part("image/png", "x", "Content-Location: https://example.org/a.png"),
        "",
        "",
        ["image-0.png"],
    ),
    "no-name": (
        _multi(
            "mixed",
            PLAIN,
            _part("image/jpg", "x"),
            _part("text/x-log", "x", "Content-Disposition: attachment"),
            _part("application/x-unheard-of", "x"),
        ),
        "plain",
        "",
        ["image-1.jpg", "attachment-2.txt", "attachment-3.bin"],
    ),
    "name-without-disposition": (
        _part("image/png", "x", 'Content-Disposition: ; filename="a.png"'),
        "",
        "",
        ["a.png"],
    ),
    "name-as-it-was-written": (
        _part("image/png", "x", r'Content-Disposition: attachment; filename="Plan: \"A\" or B?.png"'),
        "",
        "",
        ['Plan: "A" or B?.png'],
    ),
    "name-in-both": (
        _part('image/png; name="=?utf-8?Q?=C3=BC.png?="', "x", 'Content-Disposition: attachment; filename=""'),
        "",
        "",
        ["ü.png"],
    ),
    "damaged-file-name-and-sound-name": (
        _part('image/png; name="u.png"', "x", 'Content-Disposition: attachment; filename="=?utf-8?B?w7wu"'),
        "",
        "",
        ["u.png"],
    ),
    "raw-name": (
        _multi(
            "mixed",
            _part("text/plain; charset=koi8-r", "Да".encode("koi8-r")),
            _part("image/png", "x", "X-Y: z").replace(
                b"X-Y: z", b'Content-Disposition: attachment; filename="' + "Ж".encode("koi8-r") + b'.png"'
            ),
        ),
        "Да",
        "",
        ["Ж.png"],
    ),
    "unknown-type-with-name": (_part("unknown; name=x", "x"), "", "", ["x"]),
    "B034-path": (
        _part("image/png", "x", 'Content-Disposition: attachment; filename="../../etc/x.png"'),
        "",
        "",
        ["x.png"],
    ),
}


@pytest.mark.parametrize(("part", "text", "html", "names"), SHAPES.values(), ids=SHAPES.keys())
def test_text_html_and_attachments_are_told_apart(part: bytes, text: str, html: str, names: list[str]) -> None:
    mail = _read(part)

    assert (mail.text, mail.html, _names(mail)) == (text, html, names)


def test_enclosed_message_is_one_attachment_named_after_its_subject() -> None:
    enclosed = b"Subject: =?utf-8?Q?Angebot_f=C3=BCr/M=C3=A4rz?=\r\n\r\ninner"
    as_it_is, encoded = (
        _part("message/rfc822", enclosed),
        _part("message/rfc822", base64.encodebytes(enclosed), "Content-Transfer-Encoding: base64"),
    )
    raw = HEADER + _multi("mixed", PLAIN, as_it_is, encoded)

    mail = parse(raw)

    assert mail.text == "plain"
    assert _names(mail) == ["Angebot für-März.eml"] * 2
    assert [attachment_content(raw, position) for position in (1, 2)] == [enclosed, enclosed]


def test_inline_picture_is_told_from_an_attached_one() -> None:
    mail = _read(_multi("related", _part("text/html", '<img src="CID:i%40x">'), IMAGE, PDF))

    assert [attachment.is_inline for attachment in mail.attachments] == [True, False]
    assert mail.attachments[0].content_id == "i@x"


def test_files_that_stand_as_text_are_attachments_behind_all_parts() -> None:
    body = (
        "Here:\r\nbegin 644 ../../cat one.txt\r\n#0V%T\r\n`\r\nend\r\nBye\r\nbegin 600 dog.txt\r\n#1&]G\r\n`\r\nend\r\n"
    )
    raw = HEADER + _multi("mixed", _part("text/plain", body), PDF)

    mail = parse(raw)

    assert mail.text == "Here:\nBye\n"
    assert [(part.position, part.filename, part.size) for part in mail.attachments] == [
        (1, "a.pdf", 3),
        (2, "cat one.txt", 3),
        (3, "dog.txt", 3),
    ]
    assert [attachment_content(raw, part.position) for part in mail.attachments] == [b"pdf", b"Cat", b"Dog"]


@pytest.mark.parametrize(
    "body", ["begin 644 x\r\n", "begin 644 x\r\nend\r\n", "begin 2026 well", "begin 644 x\r\n#0V%T\r\nlower\r\nend"]
)
def test_text_that_only_begins_like_a_file_stays_text(body: str) -> None:
    mail = _read(_part("text/plain", body))

    assert mail.text == body.replace("\r\n", "\n")
    assert mail.attachments == ()


def test_text_that_only_claims_to_be_base64_is_shown_as_it_is() -> None:
    mail = _read(_part("text/plain", "Hello, this is no base64 at all.", "Content-Transfer-Encoding: base64"))

    assert mail.text == "Hello, this is no base64 at all."


FLOWED = {
    "paragraph": ("a \r\nb\r\nc", "format=flowed", "a b\nc"),
    "delsp": ("日 \r\n本", "charset=utf-8; format=flowed; delsp=yes", "日本"),
    "upper-case": ("a \r\nb", "FORMAT=Flowed", "a b"),
    "quotes": ("> a \r\n> b\r\n>> c", "format=flowed", "> a b\n>> c"),
    "signature": ("a \r\n-- \r\nAnna", "format=flowed", "a \n-- \nAnna"),
    "stuffed": (" >no quote\r\n  indented", "format=flowed", ">no quote\n indented"),
    "fixed": ("a \r\nb", "format=fixed", "a \nb"),
}


@pytest.mark.parametrize(("body", "parameters", "text"), FLOWED.values(), ids=FLOWED.keys())
def test_flowed_lines_are_joined(body: str, parameters: str, text: str) -> None:
    assert _read(_part(f"text/plain; {parameters}", body)).text == text


HTML_TEXTS = {
    "gmail-blank-line": ("<div>Hello</div><div><br></div><div>Anna</div>", "Hello\n\nAnna"),
    "break-at-end-of-block": ("<div>Hello<br></div><div>Anna</div>", "Hello\nAnna"),
    "outlook": (
        "<p class=MsoNormal>Hello</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>Anna</p>",
        "Hello\n\nAnna",
    ),
    "paragraphs": ("<p>One<p>Two<br/>Three</p>", "One\n\nTwo\nThree"),
    "list": ("Buy:<ul><li>milk</li><li>bread</ul>Thanks", "Buy:\nmilk\nbread\nThanks"),
    "table": ("<table><tr><td>a</td><td>b<tr><td>c<td>d</table>e", "a b\nc d\ne"),
    "link": ('See <a href="https://example.org/x">the page</a>.', "See the page."),
    "entities": ("&lt;b&gt; &amp; &euro;&nbsp;5 &#8211; &uuml;", "<b> & € 5 – ü"),
    "head": ("<html><head><title>T</title><style>p{}</style><script>x</script></head><body>B</body></html>", "B"),
    "quotation": ('Yes<blockquote type="cite"><div>one<br>two</div></blockquote>', "Yes\n\n> one\n> two"),
    "gmail-quotation": ('Yes<blockquote class="gmail_quote">one</blockquote>', "Yes\n\n> one"),
    "nested-quotation": (
        "<blockquote type=cite>a<blockquote type=cite>b</blockquote>c</blockquote>d",
        "> a\n\n>> b\n\n> c\n\nd",
    ),
    "indentation": ('<blockquote style="margin-left:40px">x</blockquote>', "x"),
    "preformatted": ("<pre>a\nb\n\nc</pre>", "a\nb\n\nc"),
    "many-breaks": ("a<br><br><br><br>b", "a\n\nb"),
    "source-line-breaks": ("<div>one\r\n  two</div>", "one two"),
    "unbalanced": ("</blockquote></pre></div>a</td>b<blockquote type=cite>c", "a b\n\n> c"),
}


@pytest.mark.parametrize(("html", "text"), HTML_TEXTS.values(), ids=HTML_TEXTS.keys())
def test_text_of_html_has_the_lines_that_are_seen(html: str, text: str) -> None:
    assert _read(_part("text/html; charset=utf-8", html)).text == text
