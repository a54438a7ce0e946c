"""Templates are read and filled in here (SPEC M27, SECURITY TC12).

Templates are Liquid, with little of it: fields, a few filters, `if`, `unless` and `case`. The values are plain strings
and nothing else, so there is nothing to call; there are no loops, no assignments and no other templates, so what comes
out is as long as what was written, with the fields filled in.
"""

import re
from collections.abc import Mapping
from html import unescape

from liquid import BoundTemplate, Environment, StrictDefaultUndefined
from liquid.exceptions import LiquidError

from mailboxes.merging.fields import Field
from mailhub.lib.headers import clean_header

# Of the source, in characters; the editor's HTML of a long letter has a tenth of it.
MAX_SOURCE = 200_000
# Of what comes out, in octets (SECURITY B104).
MAX_OUTPUT = 1_000_000


class MergeRefused(ValueError):
    """The template cannot be filled in; the text says what to change."""


def merge_text(source: str, values: Mapping[str, str]) -> str:
    """Fill fields into plain text; raise MergeRefused."""
    return render(parse(_TEXT, source), values)


def merge_header(source: str, values: Mapping[str, str]) -> str:
    """Fill fields into a header value, as one line (SECURITY B045); raise MergeRefused."""
    return clean_header(render(parse(_TEXT, source), values))


def merge_html(source: str, values: Mapping[str, str]) -> str:
    """Fill fields, escaped, into sanitised HTML; raise MergeRefused."""
    return render(parse(_HTML, plain_expressions(source)), values)


def check(source: str, fields: tuple[Field, ...]) -> None:
    """Raise MergeRefused unless `source` can be filled in with these fields, whatever their values are."""
    template = parse(_TEXT, plain_expressions(source))
    known = {field.name for field in fields}
    unknown = sorted(set(template.global_variables()) - known)
    if unknown:
        names = ", ".join(sorted(known))
        raise MergeRefused(f"There is no field “{unknown[0][:60]}” here. There are: {names}.")
    render(template, {field.name: field.sample for field in fields})
    render(template, {field.name: "" for field in fields})


def fields_in(source: str) -> frozenset[str]:
    """Return the names of the fields that stand in `source`; raise MergeRefused."""
    return frozenset(parse(_TEXT, plain_expressions(source)).global_variables())


def plain_expressions(html: str) -> str:
    """Return HTML where what stands in braces is as its author typed it: editors write entities and hard spaces."""
    return _EXPRESSION.sub(lambda found: unescape(found[0]).replace("\xa0", " "), html)


def environment(*, autoescape: bool) -> Environment:
    """Return Liquid with what templates may say, and no more."""
    made = _Environment(autoescape=autoescape, undefined=StrictDefaultUndefined, strict_filters=True)
    made.tags = {name: tag for name, tag in made.tags.items() if name in _TAGS}
    made.filters = {name: filter_ for name, filter_ in made.filters.items() if name in _FILTERS}
    return made


def parse(environment: Environment, source: str) -> BoundTemplate:
    """Read a template; raise MergeRefused."""
    if len(source) > MAX_SOURCE:
        raise MergeRefused(f"The template is longer than {MAX_SOURCE:,} characters.")
    try:
        return environment.from_string(source)
    except LiquidError as error:
        raise MergeRefused(_words(error)) from error


def render(template: BoundTemplate, values: Mapping[str, str]) -> str:
    """Fill in a template; raise MergeRefused."""
    try:
        # What is empty is Liquid's nil, so that `{% if my_name %}` is not met: empty text would meet it.
        return str(template.render(**{name: str(value) or None for name, value in values.items()}))
    except LiquidError as error:
        raise MergeRefused(_words(error)) from error


class _Environment(Environment):
    output_stream_limit = MAX_OUTPUT
    loop_iteration_limit = 100
    block_nesting_limit = 20


def _words(error: LiquidError) -> str:
    said = str(error.args[0] if error.args else error).partition("\n")[0][:200]
    return f"What stands in braces cannot be understood: {said}. Write fields as {{{{ mailbox_name }}}}."


# `output`, `content` and `illegal` are what text and fields are made of.
_TAGS = frozenset({"content", "output", "illegal", "if", "unless", "case", "comment"})
# None of them makes more of its value than there was, but by what its author wrote.
_FILTERS = frozenset({"default", "upcase", "downcase", "capitalize", "strip", "truncate", "truncatewords"})
_EXPRESSION = re.compile(r"\{\{[^{}]{0,500}\}\}|\{%[^{}%]{0,500}%\}")
_TEXT = environment(autoescape=False)
_HTML = environment(autoescape=True)
