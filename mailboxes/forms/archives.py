"""What becomes of mail that is in the inbox when its server is added."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from mailhub import clock
from servers.forms import IncomingServerForm
from servers.models import ArchiveMode

# What people look up of the past are the last weeks; who wants more says so.
USUAL_DAYS = 30


class PastDayField(forms.DateField):
    """A day that is not ahead (UTC)."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(**{"widget": widget, "input_formats": ["%Y-%m-%d"], **options})

    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        # Somewhere it is tomorrow already.
        if day is not None and day > clock.now().date() + timedelta(days=1):
            raise ValidationError("Choose a day that is not in the future.")
        return day


class ArchiveForm(forms.Form):
    """From which day on the archive of a server is taken in, asked once more."""

    archive_from = PastDayField(label="From")


class FirstLookForm(IncomingServerForm):
    """An incoming server; of a new one, what becomes of the mail that it has already.

    It is proposed as an archive: of the three, only that neither hides what people look for, nor answers old mail.
    """

    archive_mode = forms.ChoiceField(
        label="Mail that is there already", choices=ArchiveMode.choices, widget=forms.RadioSelect, required=False
    )
    archive_from = PastDayField(label="From", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_new:
            del self.fields["archive_mode"], self.fields["archive_from"]
            return
        if not self.initial.get("archive_mode") or not self.is_bound:
            self.initial["archive_mode"] = ArchiveMode.ARCHIVE.value
        if not self.initial.get("archive_from"):
            self.initial["archive_from"] = clock.now().date() - timedelta(days=USUAL_DAYS)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.is_new:
            self._clean_archive(cleaned)
        return cleaned

    @property
    def chosen_archive_mode(self) -> str:
        """What is chosen in the form as it is shown."""
        return str(self["archive_mode"].value() or "")

    def _clean_archive(self, cleaned: dict[str, Any]) -> None:
        mode = cleaned.get("archive_mode") or ArchiveMode.NEW
        if mode != ArchiveMode.ARCHIVE:
            self.errors.pop("archive_from", None)
            cleaned["archive_from"] = None
        elif "archive_from" not in self.errors and not cleaned.get("archive_from"):
            self.add_error("archive_from", "Enter the day from which on mail is taken in.")
        self.instance.archive_mode, self.instance.archive_from = mode, cleaned.get("archive_from")
