"""What happens to the messages on an incoming server, and which of its folders are read (SPEC M7, M28, M30)."""

from typing import Any, ClassVar

from django import forms
from django.db.models import TextChoices

from mailboxes.forms.archives import FirstLookForm
from servers.models import IncomingServer

USUAL_DAYS = 14
MOST_DAYS = 3650


class OnServer(TextChoices):
    """What becomes of a message there once it is stored here."""

    KEEP = "keep", "Messages stay on the server"
    LATER = "later", "Messages are removed after some days"
    REMOVE = "remove", "Messages are removed as soon as they are stored here"


class KeepingForm(FirstLookForm):
    """An incoming server, with the choice of three. Without a choice nothing is saved, because mail hangs on it."""

    on_server = forms.ChoiceField(
        label="Copy mail",
        choices=OnServer.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what happens to the messages on the server."},
    )
    remove_after_days = forms.IntegerField(
        label="Days until it is removed",
        min_value=1,
        max_value=MOST_DAYS,
        required=False,
        initial=USUAL_DAYS,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    class Meta(FirstLookForm.Meta):
        fields: ClassVar = [*FirstLookForm.Meta.fields, "remove_after_days"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("on_server", _choice_of(self.instance))
        if self.initial.get("remove_after_days") is None:
            self.initial["remove_after_days"] = USUAL_DAYS

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        choice = cleaned.get("on_server")
        if choice != OnServer.LATER:
            self.errors.pop("remove_after_days", None)
            cleaned["remove_after_days"] = None
        elif "remove_after_days" not in self.errors and not cleaned.get("remove_after_days"):
            self.add_error("remove_after_days", "Enter the number of days.")
        if choice:
            self.instance.copy_mail = choice != OnServer.REMOVE
        return cleaned

    @property
    def chosen_on_server(self) -> str:
        """What is chosen in the form as it is shown."""
        return str(self["on_server"].value())


class FetchingForm(KeepingForm):
    """The primary incoming server of a mailbox, with the folders that an IMAP server has."""

    class Meta(KeepingForm.Meta):
        fields: ClassVar = [*KeepingForm.Meta.fields, "watch_junk", "read_sent", "copy_to_sent"]
        labels: ClassVar = {
            **KeepingForm.Meta.labels,
            "watch_junk": "Look into the Junk folder",
            "read_sent": "Read the Sent folder",
            "copy_to_sent": "Put a copy of what is sent from here into the Sent folder",
        }
        help_texts: ClassVar = {
            **KeepingForm.Meta.help_texts,
            "watch_junk": "An answer that the provider took for spam is found there. Nothing is removed from Junk.",
            "read_sent": "What your people send with another mail program joins its conversation.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A form for POP3 need not send it.
        self.fields["copy_to_sent"].required = False

    @property
    def has_folders(self) -> bool:
        """Whether the form speaks of more than the inbox."""
        return True


def _choice_of(server: IncomingServer) -> str:
    if not server.copy_mail:
        return OnServer.REMOVE
    return OnServer.KEEP if server.remove_after_days is None else OnServer.LATER
