"""The form of a discard filter (SPEC M23)."""

from typing import Any, ClassVar, cast

from django import forms

from mailboxes.folding import folded
from mailboxes.intake.sizes import InvalidSize, parse_size
from mailboxes.models import AttachmentPolicy, DiscardFilter, Mailbox
from mailhub.lib.headers import InvalidHeaderName, clean_header, valid_header_name

_Field, _Operator = DiscardFilter.Field, DiscardFilter.Operator


class DiscardFilterForm(forms.ModelForm):  # type: ignore[type-arg]
    """What mail is not taken in. Of a size there is one comparison; a size is written with KB or MB."""

    class Meta:
        model = DiscardFilter
        fields: ClassVar = ["field", "header_name", "operator", "value", "is_forwarded", "is_active"]
        labels: ClassVar = {
            "field": "What is looked at",
            "header_name": "Name of the header field",
            "operator": "Comparison",
        }
        help_texts: ClassVar = {
            "header_name": "Such as List-Id or X-Spam-Status.",
            "value": "Capitals do not matter. A sender or recipient is compared by address, name and domain.",
        }
        widgets: ClassVar = {
            "header_name": forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            "value": forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["field"].initial = _Field.SENDER
        self.fields["operator"].initial = _Operator.CONTAINS
        # A select without an empty choice: each has one that is usual.
        for name in ("field", "operator"):
            choices = cast(forms.ChoiceField, self.fields[name])
            choices.choices = [one for one in cast(list[Any], choices.choices) if one[0]]
        # It follows from what is looked at.
        self.fields["operator"].required = False
        if self.instance.field == _Field.SIZE:
            self.initial["value"] = self.instance.shown_value
        self.forward_to = _forward_to(self.instance.mailbox)
        if not self.forward_to and not self.instance.is_forwarded:
            self.fields["is_forwarded"].disabled = True

    def clean(self) -> dict[str, Any]:
        chosen: dict[str, Any] = super().clean() or self.cleaned_data
        if chosen.get("field") == _Field.SIZE:
            chosen["operator"] = _Operator.IS_AT_LEAST
            self._clean_size(chosen)
        elif chosen.get("operator") == _Operator.IS_AT_LEAST or not chosen.get("operator"):
            self.add_error("operator", "“Is at least” compares sizes. Choose another comparison.")
        self._clean_header_name(chosen)
        return chosen

    def clean_value(self) -> str:
        value = clean_header(self.cleaned_data["value"])
        if not folded(value):
            raise forms.ValidationError("Write what is looked for.")
        return value

    def _clean_size(self, chosen: dict[str, Any]) -> None:
        if "value" not in chosen:
            return
        try:
            chosen["value"] = str(parse_size(chosen["value"]))
        except InvalidSize as error:
            self.add_error("value", str(error))

    def _clean_header_name(self, chosen: dict[str, Any]) -> None:
        if chosen.get("field") != _Field.HEADER:
            chosen["header_name"] = ""
            return
        if "header_name" not in chosen:
            return
        try:
            chosen["header_name"] = valid_header_name(chosen["header_name"].strip().removesuffix(":"))
        except InvalidHeaderName:
            self.add_error("header_name", "Write the name of a header field, such as List-Id.")


def _forward_to(mailbox: Mailbox) -> str:
    row = AttachmentPolicy.objects.filter(mailbox=mailbox).first()
    return row.forward_to if row else ""
