"""What a mail shows: its text, its HTML, and its attachments, found in the tree of its parts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from mailboxes.mime import uuencoding
from mailboxes.mime.attachments import AttachmentPart, describe, disposition_of
from mailboxes.mime.bodies import body_octets, body_text
from mailboxes.mime.fields import Fields
from mailboxes.mime.limits import MAX_BODY_CHARACTERS, MAX_PARTS
from mailboxes.mime.structure import Part
from mailhub.lib.html import html_to_plain, text_to_html


@dataclass(frozen=True)
class Content:
    """`text` is derived from `html` where the sender wrote none; `html` is "" for mail without any."""

    text: str
    html: str
    attachments: tuple[AttachmentPart, ...]


def content_of(root: Part, charset_hints: tuple[str, ...]) -> Content:
    """Return what the mail shows, in the order of its parts."""
    return _ContentReader(charset_hints).read(root)


def part_at(root: Part, position: int, charset_hints: tuple[str, ...]) -> Part | None:
    """Return the part that an attachment with this position describes; None if there is none."""
    leaves = list(root.leaves())
    if position < len(leaves):
        return leaves[position] if position >= 0 else None
    reader = _ContentReader(charset_hints)
    reader.read(root)
    embedded = position - len(leaves)
    return reader.embedded[embedded] if embedded < len(reader.embedded) else None


@dataclass(slots=True)
class _Shown:
    """A piece of the mail that is shown in place: as text, as HTML, or as either."""

    text: str = ""
    html: str = ""

    def says_something(self) -> bool:
        return bool(self.html or self.text.strip())


class _ContentReader:
    """Walks the tree once; the files that stand as text in a body are counted behind all parts."""

    def __init__(self, charset_hints: tuple[str, ...]) -> None:
        self.embedded: list[Part] = []
        self._charset_hints = charset_hints
        self._position_of: dict[int, int] = {}
        self._attached: list[tuple[int, Part]] = []
        self._unshown_texts: list[Part] = []
        self._character_count = 0
        self._has_html = False

    def read(self, root: Part) -> Content:
        self._position_of = {id(leaf): position for position, leaf in enumerate(root.leaves())}
        pieces = self._shown(root)
        if self._unshown_texts and not any(piece.says_something() for piece in pieces):
            # Nothing else says anything, so the text with a file name is the message.
            pieces = [self._read_text(self._unshown_texts[0])]
        pieces = _without_repetition(pieces)
        html = _joined_html(pieces)
        embedded = enumerate(self.embedded[:MAX_PARTS], start=len(self._position_of))
        attached = [*self._attached, *embedded]
        referenced = frozenset(map(unquote, _CONTENT_ID.findall(html))) if attached else frozenset[str]()
        return Content(
            text=_joined_text(pieces)[:MAX_BODY_CHARACTERS],
            html=html[:MAX_BODY_CHARACTERS],
            attachments=tuple(
                describe(part, position, referenced=referenced, charset_hints=self._charset_hints)
                for position, part in attached
            ),
        )

    def _shown(self, part: Part) -> list[_Shown]:
        if not part.children:
            return self._shown_leaf(part)
        if part.content_type == "multipart/alternative":
            return self._shown_alternative(part)
        return [piece for child in part.children for piece in self._shown(child)]

    def _shown_alternative(self, part: Part) -> list[_Shown]:
        """Return one piece: the text of the first child that is plain, the HTML of the last that has any (§5.1.4)."""
        children = [pieces for pieces in (self._shown(child) for child in part.children) if pieces]
        html = next((_joined_html(pieces) for pieces in reversed(children) if any(one.html for one in pieces)), "")
        plain = next((pieces for pieces in children if any(one.text.strip() for one in pieces)), [])
        return [_Shown(text=_joined_text(plain), html=html)] if plain or html else []

    def _shown_leaf(self, part: Part) -> list[_Shown]:
        if part.content_type in _IGNORED and not part.is_root:
            return []
        if not _is_text(part):
            self._attach(part)
            return []
        if part.has_disposition():
            disposition, filename = disposition_of(part, *self._charset_hints)
        else:
            disposition = filename = ""
        if disposition == "attachment" or (filename and not part.is_root) or self._is_component(part):
            self._attach(part)
            if not disposition:
                self._unshown_texts.append(part)
            return []
        shown = self._read_text(part)
        return [shown] if shown.text or shown.html else []

    def _read_text(self, part: Part) -> _Shown:
        if self._character_count >= MAX_BODY_CHARACTERS:
            return _Shown()
        octets = body_octets(part)
        text = body_text(part, octets, *self._charset_hints)
        self._character_count += len(text)
        if part.content_type == "text/html":
            self._has_html = True
            return _Shown(html=text) if text.strip() else _Shown()
        self.embedded.extend(_embedded_parts(part, octets))
        return _Shown(text=text)

    def _is_component(self, part: Part) -> bool:
        """True for text in a multipart/related that the HTML before it refers to (RFC 2387)."""
        return self._has_html and part.parent_type == "multipart/related" and part.is_referable

    def _attach(self, part: Part) -> None:
        self._attached.append((self._position_of[id(part)], part))


def _is_text(part: Part) -> bool:
    if part.content_type in _SHOWN_TEXTS:
        return True
    return part.is_root and part.content_type.startswith("text/") and part.content_type not in _FILE_TEXTS


def _embedded_parts(part: Part, body: bytes) -> Iterator[Part]:
    """Yield the uuencoded files in a text as parts of their own."""
    for file in uuencoding.embedded_files(body):
        disposition = f'attachment; filename="{file.name}"'.encode("utf-8", "replace")
        fields = Fields([("Content-Disposition", disposition)])
        yield Part(
            body,
            fields,
            "application/octet-stream",
            {},
            file.start,
            file.end,
            parent_type=part.content_type,
            transfer_encoding="x-uuencode",
        )


def _without_repetition(pieces: list[_Shown]) -> list[_Shown]:
    """Join a text with the HTML behind it that says the same: an alternative whose sender did not say so."""
    kept: list[_Shown] = []
    for piece in pieces:
        before = kept[-1] if kept else None
        if (
            before
            and before.text
            and not before.html
            and piece.html
            and not piece.text
            and _say_the_same(before, piece)
        ):
            kept[-1] = _Shown(text=before.text, html=piece.html)
        else:
            kept.append(piece)
    return kept


def _say_the_same(text: _Shown, html: _Shown) -> bool:
    in_text, in_html = set(_WORD.findall(text.text)), set(_WORD.findall(html_to_plain(html.html)))
    shared = len(in_text & in_html)
    return shared > _MOST_WORDS * max(len(in_text), len(in_html))


def _joined_text(pieces: list[_Shown]) -> str:
    if len(pieces) == 1 and pieces[0].text.strip():
        return pieces[0].text
    texts = [piece.text if piece.text.strip() else html_to_plain(piece.html) for piece in pieces]
    return "\n".join(text for text in texts if text) or "".join(piece.text for piece in pieces)


def _joined_html(pieces: list[_Shown]) -> str:
    """Return the HTML of all pieces, with the text of those that have none in between; "" if none has HTML."""
    if not any(piece.html for piece in pieces):
        return ""
    said = [piece for piece in pieces if piece.says_something()]
    return "\n".join(piece.html or f"<div>{text_to_html(piece.text.strip())}</div>" for piece in said)


_WORD = re.compile(r"\w+")
_MOST_WORDS = 0.8
_CONTENT_ID = re.compile(r"\bcid:([^\s\"'<>)]{1,255})", re.IGNORECASE)
_SHOWN_TEXTS = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext", "text/markdown"})
# What is no message even where it is all there is.
_FILE_TEXTS = frozenset({"text/calendar", "text/csv", "text/rtf", "text/vcard", "text/x-vcard", "text/directory"})
_FILE_TEXTS |= {"text/rfc822-headers", "text/xml"}
# Another form of what a neighbour shows, for one client only.
_IGNORED = frozenset({"text/x-amp-html", "text/watch-html"})
