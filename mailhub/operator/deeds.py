"""A deed of the operator: a page with a form that first shows what will happen, and does it when it is confirmed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from mailhub.operator.pages import keep_deed


class DeedRefused(ValueError):
    """It cannot be done, for a reason that the operator should read."""


class ReasonForm(forms.Form):
    """What every deed asks for."""

    reason = forms.CharField(max_length=300, help_text="Kept in the log, with your name.")


@dataclass
class Deed:
    """What is done to a row. `preview` says it before it is done, one sentence each; `act` returns what was done."""

    row: Model
    heading: str
    verb: str
    form: Any
    back: str
    preview: Callable[[dict[str, Any]], Sequence[str]]
    act: Callable[[dict[str, Any]], str]
    facts: Sequence[tuple[str, object]] = field(default_factory=tuple)
    is_harmful: bool = False


def answer(request: HttpRequest, deed: Deed, context: dict[str, Any]) -> HttpResponse:
    """Show the form, then what will happen; do it when that was confirmed."""
    effects: Sequence[str] = ()
    if request.method == "POST" and deed.form.is_valid():
        values = deed.form.cleaned_data
        try:
            effects = deed.preview(values)
            if request.POST.get("step") == "do":
                return _done(request, deed, values)
        except DeedRefused as error:
            deed.form.add_error(None, str(error))
            effects = ()
    status = 422 if deed.form.errors else 200
    context = {**context, "title": deed.heading, "deed": deed, "effects": effects}
    return TemplateResponse(request, "operator/deed.html", context, status=status)


def _done(request: HttpRequest, deed: Deed, values: dict[str, Any]) -> HttpResponse:
    # Nothing is done that is not kept.
    with transaction.atomic():
        words = deed.act(values)
        keep_deed(request, deed.row, f"{words} Reason: {values['reason']}")
    messages.success(request, words)
    return redirect(deed.back)
