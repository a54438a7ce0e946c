"""Lists of addresses (RFC 5322 §3.4) in one pass, with what senders leave out of them or put into them."""

import re

from mailboxes.mime.encoded_words import decode_words
from mailhub.lib.headers import clean_header

MAX_ADDR_SPEC = 320


def read_address_list(value: str, most: int) -> list[tuple[str, str]]:
    """Return display name and addr-spec of at most `most` addresses; what is no address is left out."""
    simple = _SIMPLE.fullmatch(value)
    if simple is not None:
        return [(simple[1] or "", simple[2] or simple[3])][:most]
    found = _ListReader(value, most).read()
    if found or "=?" not in value:
        return found
    # Some programs encode the whole field, against RFC 2047 §5. There is no other address that it could hide.
    return _ListReader(decode_words(value), most).read()


def display_name(name: str) -> str:
    """Return a phrase as a person reads it: encoded words decoded, without quotes around it."""
    cleaned = clean_header(decode_words(name))
    while len(cleaned) > 1 and cleaned[0] == cleaned[-1] and cleaned[0] in "'\"":
        cleaned = cleaned[1:-1].strip()
    return cleaned


class _ListReader:
    """Takes an address list apart.

    A word is a run of pieces without white space between them; each piece is kept raw (for an address) and plain (for
    a name), and joined only when the address is complete.
    """

    def __init__(self, value: str, most: int) -> None:
        self._value = value
        self._most = most
        self._found: list[tuple[str, str]] = []
        self._words: list[list[tuple[str, str]]] = []
        self._comments: list[str] = []
        self._angle: str | None = None
        self._words_before_angle = 0
        self._unfinished_names: list[str] = []
        self._has_open_comment = False

    def read(self) -> list[tuple[str, str]]:
        position, glued = 0, False
        value, end = self._value, len(self._value)
        last_quote, last_parenthesis, last_semicolon = value.rfind('"'), value.rfind(")"), value.rfind(";")
        while position < end and len(self._found) < self._most:
            character = value[position]
            if character in " \t\r\n":
                position, glued = position + 1, False
            elif character in ",;":
                self._finish_address()
                position, glued = position + 1, False
            elif character == ":" and (position < last_semicolon or self._is_scheme()):
                # The name of a group (§3.4), or "mailto:".
                self._words, glued = [], False
                position += 1
            elif character == "<":
                position, glued = self._read_angle(position), False
            elif character == '"' and position < last_quote:
                position, glued = self._read_quoted(position, glued=glued), True
            elif character == "(" and position < last_parenthesis and not self._has_open_comment:
                position = self._read_comment(position)
            else:
                position, glued = self._read_atom(position, glued=glued), True
        self._finish_address()
        return self._found[: self._most]

    def _is_scheme(self) -> bool:
        return len(self._words) == 1 and self._words[0][0][0].lower() == "mailto"

    def _read_quoted(self, position: int, *, glued: bool) -> int:
        quoted = _QUOTED.match(self._value, position)
        assert quoted is not None  # The pattern matches at every quote.
        self._add_word(quoted[0], _QUOTED_PAIR.sub(r"\1", quoted[1]), glued=glued)
        return quoted.end()

    def _read_atom(self, position: int, *, glued: bool) -> int:
        atom = _ATOM.match(self._value, position)
        assert atom is not None  # The pattern matches any character.
        if atom[0] != ">":
            # A second closing bracket closes nothing.
            self._add_word(atom[0], atom[0], glued=glued)
        return atom.end()

    def _add_word(self, raw: str, plain: str, *, glued: bool) -> None:
        if glued and self._words:
            self._words[-1].append((raw, plain))
        else:
            self._words.append([(raw, plain)])

    def _read_angle(self, position: int) -> int:
        content = _ANGLE.match(self._value, position)
        assert content is not None  # The pattern matches at every opening bracket.
        text = content[2] if content[1] is None else content[1]
        # An obsolete route, `<@relay.example:user@example.com>` (§4.4), names no one.
        if text.lstrip().startswith("@") and ":" in text:
            text = text.partition(":")[2]
        if self._angle and "@" in self._angle:
            # The comma between two addresses is missing: the words behind the first are the name of the second.
            name = self._words[self._words_before_angle :]
            del self._words[self._words_before_angle :]
            self._finish_address()
            self._words = name
        elif self._angle and not self._angle.isspace():
            # `Anna <sales> <anna@example.com>`: the first brackets belong to the name.
            self._add_word(f"<{self._angle}>", f"<{self._angle}>", glued=False)
        self._angle = text
        self._words_before_angle = len(self._words)
        return content.end()

    def _read_comment(self, position: int) -> int:
        depth, start = 0, position + 1
        for match in _PARENTHESIS.finditer(self._value, position):
            if match[0] == "(":
                depth += 1
            elif match[0] == ")":
                depth -= 1
            if depth == 0:
                self._comments.append(self._value[start : match.start()])
                return match.end()
        # Never closed, so it is no comment, and neither is any that follows: looking again would take quadratic time.
        self._has_open_comment = True
        return position

    def _finish_address(self) -> None:
        words = [("".join(raw for raw, _plain in word), "".join(plain for _raw, plain in word)) for word in self._words]
        comments, angle = self._comments, self._angle
        self._words, self._comments, self._angle = [], [], None
        name = " ".join(plain for _raw, plain in words)
        if angle is not None and (angle.strip() or not _bare_address(words)[0]):
            # Outlook leaves the quotes off `Berg, Anna <anna@example.com>`.
            name = ", ".join((*self._unfinished_names, name)) if name else name
            self._unfinished_names = []
            self._add_angle(name or " ".join(comments), angle)
            return
        addr_spec, rest = _bare_address(words)
        if addr_spec:
            self._unfinished_names = []
            # `Team: a@example.com` is a group that was not closed, or a label.
            self._add(("" if rest.endswith(":") else rest) or " ".join(comments), addr_spec)
        elif name and len(self._unfinished_names) < _MAX_NAME_PIECES:
            self._unfinished_names.append(name)

    def _add_angle(self, name: str, angle: str) -> None:
        if angle.count("@") > 1 and not angle.lstrip().startswith('"'):
            several = [one for one in _SEPARATORS.split(angle) if "@" in one]
            if len(several) > 1:
                for number, one in enumerate(several):
                    self._add(name if number == 0 else "", one)
                return
        self._add(name, angle)

    def _add(self, name: str, addr_spec: str) -> None:
        spec = clean_header(decode_words(addr_spec) if "=?" in addr_spec else addr_spec)
        if '"' not in spec:
            spec = "".join(_COMMENT.sub("", spec).split())
        if not spec.isalnum():
            spec = _undressed(spec)
        if spec and len(spec) <= MAX_ADDR_SPEC:
            self._found.append((display_name(name), spec))


def _bare_address(words: list[tuple[str, str]]) -> tuple[str, str]:
    """Return the address among words without angle brackets, and the other words."""
    for place in range(len(words) - 1, -1, -1):
        raw, plain = words[place]
        if raw[:1] == raw[-1:] == '"' and "@" in plain and " " not in plain:
            # An address in quotes, with no other beside it.
            raw = plain
        local_part, _at, domain = raw.rpartition("@")
        if local_part and domain:
            rest = " ".join(plain for other, (_raw, plain) in enumerate(words) if other != place)
            return raw, rest
    joined = "".join(raw for raw, _plain in words)
    # `anna @ example . com` is obsolete, and legal (§4.4).
    is_spread = len(words) > 1 and joined.count("@") == 1 and not joined.startswith("@") and not joined.endswith("@")
    return (joined, "") if is_spread else ("", "")


def _undressed(spec: str) -> str:
    """Return an address without `mailto:`, and without the quotes and brackets that people put around it."""
    bare = spec
    if len(bare) > 1 and (bare[0], bare[-1]) in _DRESSING and "@" in bare[1:-1]:
        bare = bare[1:-1]
    if bare[:7].lower() == "mailto:":
        bare = bare[7:]
    return bare


_MAX_NAME_PIECES = 20
_DRESSING = frozenset({("'", "'"), ("[", "]"), ("`", "'"), ("‘", "’")})
# What most fields are: one address in ASCII, with or without a name that needs no thought.
_SIMPLE = re.compile(
    r"\s*+(?:\"?([A-Za-z0-9](?:[A-Za-z0-9. -]*[A-Za-z0-9.])?)\"?\s*+<([A-Za-z0-9._+=-]{1,64}@[A-Za-z0-9.-]{1,250})>|"
    r"<?([A-Za-z0-9._+=-]{1,64}@[A-Za-z0-9.-]{1,250})>?)\s*+"
)
# An open quote, and a backslash with nothing behind it, end with the value.
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)(?:"|\\?\Z)', re.DOTALL)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
# An encoded word is one atom, also where its text holds what would separate addresses (against RFC 2047 §5).
_ATOM = re.compile(r"(?:=\?[^?\s]{1,80}\?[bBqQ]\?[^?\s]*+\?=|\[[^\]\s,<>]{0,100}\]|[^\s,;:<>\"(\[])+|.", re.DOTALL)
# Without its closing bracket it ends at the next comma.
_ANGLE = re.compile(r"<(?:([^<>]*+)>|([^<>,;]*+))")
_PARENTHESIS = re.compile(r"\\.|[()]", re.DOTALL)
_COMMENT = re.compile(r"\([^()]*+\)")
_SEPARATORS = re.compile(r"[,;]")
