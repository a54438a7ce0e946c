"""The form that deletes a mailbox."""

from typing import Any, cast

from django import forms
from django.forms import BoundField

from mailboxes import segments
from mailboxes.models import Mailbox, Segment


class DeleteMailboxForm(forms.Form):
    """Wants the name typed, and the next default mailbox where the default of a segment goes and others stay."""

    successor: "forms.ModelChoiceField[Mailbox]" = forms.ModelChoiceField(
        Mailbox.objects.none(),
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the mailbox that system mail comes from, and new mail starts from, now."},
    )
    confirm = forms.CharField(required=False)

    def __init__(self, mailbox: Mailbox, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._mailbox = mailbox
        segment = Segment.objects.filter(default_mailbox=mailbox).first()
        others = segments.others_in(mailbox) if segment else Mailbox.objects.none()
        if segment is None or not others.exists():
            del self.fields["successor"]
            return
        successor = cast("forms.ModelChoiceField[Mailbox]", self.fields["successor"])
        successor.queryset, successor.label = others, f"New default mailbox of {segment}"

    @property
    def successor_field(self) -> BoundField | None:
        return self["successor"] if "successor" in self.fields else None

    @property
    def chosen_successor(self) -> Mailbox | None:
        return self.cleaned_data.get("successor")

    def clean_confirm(self) -> str:
        typed: str = self.cleaned_data["confirm"]
        if typed.strip() != self._mailbox.name:
            raise forms.ValidationError("Type the name exactly as it is written here.")
        return typed
