"""Forms of steps and of what they say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict

from mailboxes.forms.rich_text import HTML, TemplateTextForm
from mailboxes.merging import Field
from mailhub.lib.headers import clean_header
from sequences.editing.steps import LONGEST_DELAY, NEEDS_SUBJECT, StepRefused, Text, Wait, add_step, change_wait
from sequences.editing.variants import LARGEST_WEIGHT, Changed, change_variant
from sequences.models import Sequence, Step, Variant

_LONGEST_SUBJECT = 400


class WaitForm(forms.Form):
    """How long a step waits after the mail before."""

    delay = forms.IntegerField(
        label="Wait", min_value=0, max_value=LONGEST_DELAY, widget=forms.NumberInput(attrs={"inputmode": "numeric"})
    )
    unit = forms.ChoiceField(label="Unit", choices=Step.Unit.choices)
    seen = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, step: Step, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"delay": step.delay, "unit": step.unit, "seen": _seen(step)})
        self.step = step

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("seen") not in ("", None, _seen(self.step)):
            now_there = f"{self.step.delay} {Step.Unit(self.step.unit).label}"
            self.add_error("delay", f"Somebody else has set it to {now_there} meanwhile. Save again to set yours.")
            self.data = {**{name: self.data.get(name) for name in self.data}, "seen": _seen(self.step)}
        return values

    def save(self, *, now: datetime) -> None:
        change_wait(self.step, _wait(self.cleaned_data), now=now)


class StepTextForm(TemplateTextForm):
    """Subject and text of a step, with the fields of its contact. `html` is what is stored, once the form is valid."""

    subject = forms.CharField(
        label="Subject",
        max_length=_LONGEST_SUBJECT,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self,
        fields: tuple[Field, ...],
        data: QueryDict | None = None,
        *,
        initial: dict[str, Any] | None = None,
        is_first: bool,
    ) -> None:
        super().__init__(data, initial=initial)
        self.merge_fields = fields
        self.is_first = is_first

    def clean_subject(self) -> str:
        subject = super().clean_subject()
        if self.is_first and not subject:
            raise forms.ValidationError(NEEDS_SUBJECT)
        return subject

    @property
    def text(self) -> Text:
        return Text(self.cleaned_data["subject"], self.cleaned_data["html"])


class StepForm(StepTextForm):
    """A new step: when it comes, and what it says. `at` is the place that it takes; without one it is the last."""

    delay = forms.IntegerField(
        label="Wait", min_value=0, max_value=LONGEST_DELAY, widget=forms.NumberInput(attrs={"inputmode": "numeric"})
    )
    unit = forms.ChoiceField(label="Unit", choices=Step.Unit.choices, initial=Step.Unit.DAYS)
    at = forms.IntegerField(required=False, min_value=1, max_value=1000, widget=forms.HiddenInput)

    def __init__(
        self,
        sequence: Sequence,
        fields: tuple[Field, ...],
        data: QueryDict | None = None,
        *,
        at: int,
        beginning: Text | None = None,
    ) -> None:
        initial: dict[str, Any] = {"at": at, "delay": 0 if at == 1 else 3, "unit": Step.Unit.DAYS}
        if beginning is not None:
            initial |= {"subject": beginning.subject, "body": beginning.html, "body_format": HTML}
        super().__init__(fields, data, initial=initial, is_first=at == 1)
        self.sequence = sequence

    def save(self, *, now: datetime) -> Step | None:
        """Add the step; None, with the reason in the form, where that is refused."""
        try:
            return add_step(self.sequence, self.text, _wait(self.cleaned_data), at=self.cleaned_data["at"], now=now)
        except StepRefused as refused:
            self.add_error(None, str(refused))
            return None


class VariantForm(StepTextForm):
    """One text of a step. `now_there` is what somebody else made of it meanwhile; nothing that was typed is lost."""

    weight = forms.IntegerField(
        label="Weight",
        min_value=1,
        max_value=LARGEST_WEIGHT,
        help_text="Beside those of the other texts: of two with 1 and 3, the second goes to three of four contacts.",
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    is_active = forms.BooleanField(
        label="Switched on", required=False, help_text="What is switched off goes to nobody from now on."
    )
    seen = forms.CharField(max_length=60, widget=forms.HiddenInput)

    def __init__(self, variant: Variant, fields: tuple[Field, ...], data: QueryDict | None = None) -> None:
        initial = {
            "subject": variant.subject,
            "body": variant.html,
            "body_format": HTML if variant.html else "",
            "weight": variant.weight,
            "is_active": variant.is_active,
            "seen": variant.changed_at.isoformat(),
        }
        super().__init__(fields, data, initial=initial, is_first=variant.step.position == 1)
        self.variant = variant
        self.now_there: Variant | None = None

    def clean_seen(self) -> datetime:
        try:
            seen = datetime.fromisoformat(self.cleaned_data["seen"])
        except ValueError as error:
            raise forms.ValidationError("Open this text again: it cannot be saved from here.") from error
        if seen.tzinfo is None:
            raise forms.ValidationError("Open this text again: it cannot be saved from here.")
        return seen

    def save(self, *, now: datetime) -> bool:
        """Write the text; False, with the reason in the form, where that is refused."""
        given = self.cleaned_data
        try:
            change_variant(
                self.variant,
                self.text,
                weight=given["weight"],
                is_active=given["is_active"],
                seen=given["seen"],
                now=now,
            )
        except StepRefused as refused:
            self.add_error(None, str(refused))
        except Changed as changed:
            self.now_there = changed.now_there
            self.add_error(None, "Somebody else changed this text while you wrote. Nothing of yours is lost.")
            # The next try is made in the knowledge of it.
            seen = changed.now_there.changed_at.isoformat()
            self.data = {**{name: self.data.get(name) for name in self.data}, "seen": seen}
        else:
            return True
        return False


class PreviewForm(StepTextForm):
    """What is previewed: a stored text, or one that is being written; for whom, and through which server."""

    variant = forms.UUIDField(required=False)
    # Where what is being written would stand.
    at = forms.IntegerField(required=False, min_value=1, max_value=1000)
    q = forms.CharField(required=False, max_length=200)
    contact = forms.UUIDField(required=False)
    # A contact that was found; it takes the place of the one that was shown.
    choose = forms.UUIDField(required=False)
    through = forms.UUIDField(required=False)

    def __init__(self, fields: tuple[Field, ...], data: QueryDict) -> None:
        super().__init__(fields, data, is_first=False)
        # What is stored was checked when it was written.
        self.is_text_needed = self.is_being_written = not data.get("variant")

    def clean_q(self) -> str:
        return " ".join(clean_header(self.cleaned_data["q"]).split())


def _wait(values: dict[str, Any]) -> Wait:
    return Wait(values["delay"], Step.Unit(values["unit"]))


def _seen(step: Step) -> str:
    return f"{step.delay} {step.unit}"
