"""Fifty mails that want to run something, to fetch something, or to look like another (SECURITY TC2, TC3).

Each is a whole mail: the attack stands in its HTML, its text, its header, or its attachments. `hit()` must not run, and
`t.example` must not be asked.
"""

from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP

from mailhub.lib.ids import new_id

REMOTE = "t.example"
COUNT = 50

# In HTML.
BODIES = """
<script>hit()</script><p>words</p>
<scr<script>ipt>hit()</scr</script>ipt>
<svg><use href="data:image/s&#9;vg+xml;base64,PHN2ZyBvbmxvYWQ9ImhpdCgpIi8+#x"></use></svg>
<svg onload=hit()><animate onbegin=hit() attributeName=x dur=1s></svg>
<svg><script href=//t.example/s.js></script><style><img src=x onerror=hit()></style></svg>
<math><mtext><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=hit()&gt;">
<img src=x onerror=hit()>
<img src=//t.example/1.gif>
<img srcset="//t.example/2.gif 2x, https://t.example/3.gif 3x">
<picture><source srcset=//t.example/4.gif><img src=//t.example/5.gif></picture>
<div style="background-image:var(--x,url(http://t.example/6.gif))">x</div>
<div style="background:u\\72l(http://t.example/7.gif)">x</div>
<style>@import "http://t.example/8.css"; body { background: url(http://t.example/9.gif) }</style>
<style>@font-face { font-family: x; src: url(http://t.example/10.woff) } p { font-family: x }</style><p>x</p>
<body background="data:image/png,x);background:url(//t.example/11.gif)"><p>x</p>
<table background=//t.example/12.gif><td background=//t.example/13.gif>x</table>
<link rel=stylesheet href=//t.example/14.css><link rel=prefetch href=//t.example/15>
<base href=//t.example/><a href=a>x</a><img src=16.gif>
<meta http-equiv=refresh content="0;url=http://t.example/17">
<iframe src=//t.example/18></iframe><iframe srcdoc="<script>parent.hit()</script>"></iframe>
<object data=//t.example/19></object><embed src=//t.example/20>
<video src=//t.example/21 poster=//t.example/22 autoplay></video><audio src=//t.example/23 autoplay></audio>
<video><track src=//t.example/24 default></video>
<form action=//t.example/25><input name=x autofocus onfocus=hit()><button>x</button></form>
<form action=/settings/account/ method=post><button autofocus>Click me</button></form>
<img src="/accounts/logout/"><img src="/inbox/">
<a href="javascript:hit()">x</a><a href="java&#9;script:hit()">x</a>
<a href="data:text/html,<script>hit()</script>">x</a>
<a href=//t.example ping=//t.example/26>x</a>
<details open ontoggle=hit()><summary>x</summary></details><marquee onstart=hit()>x</marquee>
<div id=main name=csrfmiddlewaretoken class=modal style="position:fixed;inset:0;z-index:9999">covers the page</div>
<template><script>hit()</script></template><noscript><p title="</noscript><img src=x onerror=hit()>">
<p style="animation:x 1s" onanimationstart=hit()>x</p><style>@keyframes x{}</style>
<input type=image src=//t.example/27><isindex type=image src=//t.example/28 onerror=hit()>
<a href="https://bank.example/" onclick="location='http://t.example/29'">https://bank.example/</a>
<xmp><img src=x onerror=hit()></xmp><plaintext><img src=x onerror=hit()>
<img src="cid:none@x"><img src="mid:x"><img src="file:///etc/passwd"><img src="blob:http://t.example/30">
""".strip().splitlines()

# In From, Subject and text, on every page that shows them.
_QUOTED = '"><img src=x onerror=hit()>'
HEADERS: tuple[dict[str, str], ...] = (
    {"Subject": f"Subject {_QUOTED}"},
    {"From": '"<script>hit()</script>" <nina@customer.example>'},
    {"From": '"boss@acme.example" <evil@elsewhere.example>'},
    {"Subject": "=?utf-7?Q?+ADw-script+AD4-hit()+ADw-/script+AD4-?="},
    {
        "text": 'write to a@a.example?]<img/src="x"/onerror=hit()> or javascript:hit() or http://t.example/31"onmouseover=hit()'
    },
    {"text": "<script>hit()</script>\n<img src=//t.example/32>"},
)

# name, declared type, content
FILES = (
    (
        "picture.svg",
        "image/svg+xml",
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="hit()"><script>hit()</script></svg>',
    ),
    ("page.html", "text/html", b"<script>hit()</script><img src=//t.example/33>"),
    ("photo.png", "image/png", b"<html><script>hit()</script></html>"),
    ("x\u202egpj.exe", "application/octet-stream", b"MZ"),
    ("../../etc/cron.d/x", "text/plain", b"* * * * * root true"),
    (f"a{_QUOTED}.txt", "text/plain", b"x"),
    (
        "sheet.xml",
        "text/xml",
        b'<?xml-stylesheet href="javascript:hit()"?><x xmlns="http://www.w3.org/1999/xhtml"><script>hit()</script></x>',
    ),
)


def hostile_mails() -> Iterator[bytes]:
    """Yield COUNT mails."""
    for number, html in enumerate(BODIES):
        yield _raw(f"In HTML {number}", _content(html=f"{html}<p>the end of {number}</p>"))
    for number, fields in enumerate(HEADERS):
        text = fields.get("text", "words")
        values = {name: value for name, value in fields.items() if name != "text"}
        yield _raw(f"In a field {number}", _content(text=text), **values)
    for number, (name, content_type, content) in enumerate(FILES):
        mail = _content()
        maintype, _slash, subtype = content_type.partition("/")
        mail.add_attachment(content, maintype=maintype, subtype=subtype, filename=name)
        yield _raw(f"In a file {number}", mail)


def _content(*, text: str = "words", html: str = "") -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    return mail


def _raw(subject: str, content: EmailMessage, **fields: str) -> bytes:
    """Put fields in front as they are: the library would refuse some."""
    values = {
        "From": f"{subject} <nina@customer.example>",
        "To": "support@acme.example",
        "Subject": subject,
        "Message-ID": f"<{new_id()}@customer.example>",
        "Date": "Tue, 03 Mar 2026 09:12:00 +0000",
        **fields,
    }
    return "".join(f"{name}: {value}\r\n" for name, value in values.items()).encode() + content.as_bytes()
