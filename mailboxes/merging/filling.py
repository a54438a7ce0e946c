"""Filling in what a person then reads and sends: a field without a value stays as a mark, and is named."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import TextIO

from liquid import Environment, RenderContext
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.output import Output, OutputNode
from liquid.stringify import to_liquid_string

from mailboxes.merging.engine import environment, parse, plain_expressions, render
from mailboxes.merging.fields import LETTER_FIELDS, Field
from mailhub.lib.headers import clean_header


@dataclass(frozen=True)
class Filled:
    """What a template became, and the names of the fields that stand in it as marks: `{{ contact_first_name }}`."""

    text: str
    unfilled: tuple[str, ...]


def fill_header(source: str, values: Mapping[str, str]) -> Filled:
    """Fill fields into a header value, as one line (SECURITY B045); raise MergeRefused."""
    filled = _filled(_TEXT, source, values)
    return Filled(clean_header(filled.text), filled.unfilled)


def fill_html(source: str, values: Mapping[str, str]) -> Filled:
    """Fill fields, escaped, into sanitised HTML; raise MergeRefused."""
    return _filled(_HTML, plain_expressions(source), values)


def missing(source: str, values: Mapping[str, str]) -> list[Field]:
    """Return the fields that `source` would show, and that have neither a value nor a default; raise MergeRefused."""
    unfilled = fill_html(source, values).unfilled
    return [field for field in LETTER_FIELDS if field.name in unfilled]


def unfilled(text: str, fields: Sequence[Field] = LETTER_FIELDS) -> list[str]:
    """Return the names of the fields that stand in a text or in HTML as marks, each once, in their order."""
    known = {field.name for field in fields}
    names = (found[1] for found in _MARK.finditer(unescape(text).replace("\xa0", " ")))
    return list(dict.fromkeys(name for name in names if name in known))


class _MarkingNode(OutputNode):
    """Writes a mark where a field has neither a value nor a default."""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        written = to_liquid_string(self.expression.evaluate(context), context.autoescape)
        name = "" if written else _bare_field(self.expression)
        return buffer.write(f"{_OPEN}{name}{_CLOSE}" if name else written)


class _MarkingOutput(Output):
    node_class = _MarkingNode


def _bare_field(expression: object) -> str:
    """Return the name of the field that an expression shows, or "" for a literal and for a field with a default."""
    if not isinstance(expression, FilteredExpression) or not isinstance(expression.left, Path):
        return ""
    if any(filter_.name == "default" for filter_ in expression.filters or ()):
        return ""
    return str(expression.left)


def _marking_environment(*, autoescape: bool) -> Environment:
    made = environment(autoescape=autoescape)
    made.add_tag(_MarkingOutput)
    return made


def _filled(environment: Environment, source: str, values: Mapping[str, str]) -> Filled:
    known = {field.name: "" for field in LETTER_FIELDS} | dict(values)
    rendered = render(parse(environment, _PRIVATE.sub("", source)), {k: _PRIVATE.sub("", v) for k, v in known.items()})
    names = dict.fromkeys(found[1] for found in _UNFILLED.finditer(rendered))
    return Filled(_UNFILLED.sub(r"{{ \1 }}", rendered), tuple(names))


# Characters for private use, so that no value can look like a mark.
_OPEN, _CLOSE = "\ue000", "\ue001"
_PRIVATE = re.compile("[\ue000\ue001]")
_UNFILLED = re.compile("\ue000([^\ue000\ue001]*)\ue001")
# As `fill_html` writes it, and as the editor and a person leave it.
_MARK = re.compile(r"\{\{\s{0,20}(\w{1,60})\s{0,20}(?:\|[^{}]{0,200})?\}\}")
_TEXT = _marking_environment(autoescape=False)
_HTML = _marking_environment(autoescape=True)
