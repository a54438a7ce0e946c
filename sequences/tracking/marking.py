"""Makes the HTML of a mail tell who opens it and who clicks, as far as its sequence asks for that."""

import hashlib
import re
import uuid
from collections.abc import Iterable
from html import escape, unescape
from urllib.parse import urlsplit

from django.utils.encoding import iri_to_uri

from sequences.models import Enrollment, Sequence, TrackedLink
from sequences.tracking.tokens import MailName, click_url, picture_url


def tracked(html: str, enrollment: Enrollment, step_id: uuid.UUID, *, unsubscribe_url: str) -> str:
    """Return sanitised HTML with links that lead through us, and with a picture at its end.

    Links are written down before the mail is submitted, in at most three queries: whoever clicks is sent on to what
    stands there. The way out is never tracked: it must work for those who want to be seen least.
    """
    sequence, mail = enrollment.sequence, MailName(enrollment.pk, step_id)
    if sequence.tracks_clicks:
        urls = [url for url in addresses_in(html) if is_trackable(url) and not url.startswith(unsubscribe_url)]
        html = _with_links(html, mail, _links(sequence, urls))
    if sequence.tracks_opens:
        html = f'{html}\n<img src="{escape(picture_url(mail))}" width="1" height="1" alt="">'
    return html


def addresses_in(html: str) -> list[str]:
    """Return where the links of sanitised HTML lead, each once, in the order in which they stand."""
    anchors = (found["attributes"] for found in _TAG.finditer(html) if found["name"] == "a")
    hrefs = (href for attributes in anchors if (href := _HREF.search(attributes)) is not None)
    return list(dict.fromkeys(unescape(href["url"]) for href in hrefs))


def is_trackable(url: str) -> bool:
    """Whether an address is one of the web that a browser can be sent on to."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and len(iri_to_uri(url)) <= _LONGEST


def _links(sequence: Sequence, urls: Iterable[str]) -> dict[str, uuid.UUID]:
    """Return the link of each address, made where there is none yet."""
    digests = {url: hashlib.sha256(url.encode()).hexdigest() for url in urls}
    if not digests:
        return {}
    known = _known(sequence, digests)
    new = [
        TrackedLink(tenant_id=sequence.tenant_id, sequence=sequence, url=url, url_sha256=digest)
        for url, digest in digests.items()
        if digest not in known
    ]
    if new:
        # Another mail of this sequence may write the same one down at the same time.
        TrackedLink.objects.bulk_create(new, ignore_conflicts=True)
        known = _known(sequence, digests)
    return {url: known[digest] for url, digest in digests.items()}


def _known(sequence: Sequence, digests: dict[str, str]) -> dict[str, uuid.UUID]:
    rows = TrackedLink.objects.filter(sequence=sequence, url_sha256__in=list(digests.values()))
    return dict(rows.values_list("url_sha256", "pk"))


def _with_links(html: str, mail: MailName, links: dict[str, uuid.UUID]) -> str:
    def rewritten(tag: re.Match[str]) -> str:
        return _HREF.sub(through_us, tag[0]) if tag["name"] == "a" else tag[0]

    def through_us(href: re.Match[str]) -> str:
        link_id = links.get(unescape(href["url"]))
        return href[0] if link_id is None else f'{href["before"]}{escape(click_url(mail, link_id))}"'

    return _TAG.sub(rewritten, html) if links else html


# In what the sanitiser writes, "<" stands for a tag only, and values of attributes stand between quotes without any
# inside: so a tag cannot be taken for another one, nor a value for an attribute.
_TAG = re.compile(r'<(?P<name>[a-z][a-z0-9]*)(?P<attributes>(?:[^">]|"[^"]*")*)>')
_HREF = re.compile(r'(?P<before>\shref=")(?P<url>[^"]*)"')
# What all mail programs and browsers still follow.
_LONGEST = 2000
