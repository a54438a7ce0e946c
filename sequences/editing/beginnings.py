"""Templates of the account as the beginning of a step."""

import re

from mailboxes.models import ReplyTemplate
from sequences.editing.steps import Text

# What a person's letter calls otherwise.
_NAMES = {"contact_first_name": "first_name", "contact_name": "full_name", "contact_address": "email"}
_NAME = re.compile(r"\b(?:" + "|".join(_NAMES) + r")\b")
_EXPRESSION = re.compile(r"\{\{[^{}]{0,500}\}\}|\{%[^{}%]{0,500}%\}")


def beginning_from(template: ReplyTemplate) -> Text:
    """Return subject and text of a template, with its fields under the names that they have in sequences."""
    return Text(_renamed(template.subject), _renamed(template.html))


def _renamed(source: str) -> str:
    return _EXPRESSION.sub(lambda found: _NAME.sub(lambda name: _NAMES[name[0]], found[0]), source)
