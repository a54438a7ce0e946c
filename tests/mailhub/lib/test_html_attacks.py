"""HTML that wants to run or to fetch something, read again by two parsers once sanitised (SECURITY B017 to B028)."""

import re
from html.parser import HTMLParser

import lxml.html  # type: ignore[import-untyped]
import pytest

from mailhub.lib.html import RemoteContent, sanitise
from tests.mailhub.lib.html_attacks import attacks
from tests.mailhub.lib.html_variants import variants

PICTURE = "data:image/png;base64,iVBORw0KGgo="
TAGS = set(
    """
    a abbr address article aside b big blockquote br caption center cite code col colgroup dd del details dfn div dl dt
    em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q s samp section
    small span strike strong sub summary sup table tbody td tfoot th thead tr tt u ul var wbr
    """.split()  # noqa: SIM905
)
ATTRIBUTES = set(
    """
    align alt bgcolor border cellpadding cellspacing color colspan dir face height href hspace lang noshade nowrap rel
    rowspan scope size span src start style target title type valign value vspace width
    """.split()  # noqa: SIM905
)
IN_STYLE = re.compile(r"[\w\s.,%#()'\"!+/:;-]*")
STYLE_FUNCTION = re.compile(r"([\w-]*)\s*\(")
IGNORED_BY_BROWSERS = re.compile(r"[\x00-\x20\x7f-\x9f\u00ad\u200b\ufeff]")


class Tags(HTMLParser):
    """Collects what the parser of the standard library takes for elements."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.others: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    def handle_decl(self, decl: str) -> None:
        self.others.append(decl)

    def unknown_decl(self, data: str) -> None:
        self.others.append(data)

    def handle_pi(self, data: str) -> None:
        self.others.append(data)


def shown(html: str, remote: RemoteContent = RemoteContent.BLOCKED) -> str:
    return sanitise(html, remote=remote, cid_url={"logo@x": PICTURE}.get).html


def read_by_the_standard_library(html: str) -> list[tuple[str, dict[str, str]]]:
    parser = Tags()
    parser.feed(html)
    parser.close()
    assert parser.others == []
    return parser.found


def read_by_libxml2(html: str) -> list[tuple[str, dict[str, str]]]:
    root = lxml.html.document_fromstring(f"<html><body>{html}</body></html>")
    [body] = root.findall("body")
    return [
        (str(one.tag), {str(name): str(value) for name, value in one.attrib.items()}) for one in body.iterdescendants()
    ]


def flaws(html: str, remote: RemoteContent = RemoteContent.BLOCKED) -> list[str]:
    """Return what is wrong with sanitised HTML, as both parsers see it."""
    return [
        f"{tag} {name}={value}"
        for tag, attributes in [*read_by_the_standard_library(html), *read_by_libxml2(html)]
        for name, value in [("", ""), *attributes.items()]
        if not (tag in TAGS if name == "" else name in ATTRIBUTES and _is_harmless(tag, name, value, remote))
    ]


def _is_harmless(tag: str, name: str, value: str, remote: RemoteContent) -> bool:
    address = IGNORED_BY_BROWSERS.sub("", value).lower()
    if name == "href":
        return tag == "a" and address.startswith(("http://", "https://", "mailto:"))
    if name == "src":
        may_be_remote = remote is RemoteContent.SHOWN and address.startswith(("http://", "https://"))
        return tag == "img" and (value == PICTURE or may_be_remote)
    if name == "style":
        functions = {one.lower() for one in STYLE_FUNCTION.findall(value)}
        return IN_STYLE.fullmatch(value) is not None and functions <= {"rgb", "rgba", "hsl", "hsla"}
    return True


def in_order(html: str) -> list[list[str]]:
    """The order of attributes has no meaning, and differs from run to run."""
    return [sorted(re.findall(r'[\w-]+="[^"]*"|[^\s"]+', piece)) for piece in re.split(r"(?=<)|(?<=>)", html)]


@pytest.mark.parametrize("html", attacks())
def test_attack_leaves_nothing_that_runs_or_fetches(html: str) -> None:
    assert flaws(shown(html)) == []


def test_no_variant_of_an_attack_leaves_anything_that_runs_or_fetches() -> None:
    found = {html: wrong for html in variants(12) if (wrong := flaws(shown(html)))}

    assert found == {}


def test_after_consent_pictures_are_all_that_is_fetched() -> None:
    found = {
        html: wrong for html in variants(3) if (wrong := flaws(shown(html, RemoteContent.SHOWN), RemoteContent.SHOWN))
    }

    assert found == {}


def test_what_was_sanitised_stays_as_it_is() -> None:
    """A page that is parsed, written out, and parsed again must not become another one."""
    changed = [
        html
        for html in variants(3)
        if in_order(once := shown(html).replace(PICTURE, "cid:logo@x"))
        != in_order(shown(once).replace(PICTURE, "cid:logo@x"))
    ]

    assert changed == []
