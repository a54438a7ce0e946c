"""How each kind of form field is laid out."""

from typing import Any

from django import forms
from django.forms import BoundField, Widget

# Subclasses first: a PasswordInput is an Input too.
_LAYOUTS: tuple[tuple[type[Widget], str, str], ...] = (
    (forms.CheckboxSelectMultiple, "group", "form-check-input"),
    (forms.RadioSelect, "group", "form-check-input"),
    (forms.CheckboxInput, "switch", "form-check-input"),
    (forms.PasswordInput, "password", "form-control"),
    (forms.Select, "plain", "form-select"),
    (forms.Widget, "plain", "form-control"),
)


def layout_of(bound: BoundField) -> str:
    """Return "plain", "password", "switch" or "group"."""
    return _row(bound)[1]


def attributes_of(bound: BoundField, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the HTML attributes of the widget: class, what describes it, and what the template asks for."""
    own_class = bound.field.widget.attrs.get("class", "")
    classes = [_row(bound)[2], own_class, "is-invalid" if bound.errors else ""]
    attributes = {"class": " ".join(filter(None, classes))}
    # Django ties a group's help and errors to its fieldset only; here they are tied to the widget of any field.
    described_by = bound.aria_describedby
    if described_by:
        attributes["aria-describedby"] = described_by
    return attributes | {name.replace("_", "-"): value for name, value in wanted.items()}


def _row(bound: BoundField) -> tuple[type[Widget], str, str]:
    widget = bound.field.widget
    return next(row for row in _LAYOUTS if isinstance(widget, row[0]))
