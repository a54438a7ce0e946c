"""The form of a connected POP account (SPEC M6)."""

from typing import Any, ClassVar, cast

from django import forms
from django.core.exceptions import ValidationError

from billing import features
from billing.models import Feature
from mailboxes.forms.fetching import KeepingForm
from mailboxes.models import Mailbox
from servers.endpoints import DEFAULT_PORTS, Protocol, Security


class ConnectedPopForm(KeepingForm):
    """One more POP3 account that feeds a mailbox. Encryption there is a feature of the plan."""

    class Meta(KeepingForm.Meta):
        fields: ClassVar = [*KeepingForm.Meta.fields, "is_active"]
        labels: ClassVar = {**KeepingForm.Meta.labels, "is_active": "Active"}
        help_texts: ClassVar = {
            **KeepingForm.Meta.help_texts,
            "is_active": "Switched off, nothing is fetched and the settings stay.",
        }

    def __init__(self, *args: Any, mailbox: Mailbox, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["host"].label = "POP server"
        # The script of the form follows it, and a test before saving needs it.
        self.fields["protocol"] = forms.CharField(widget=forms.HiddenInput, required=False)
        self.initial["protocol"] = Protocol.POP3
        self.may_encrypt = may_encrypt(mailbox)
        self.lack = "" if self.may_encrypt else features.explain_lack(mailbox.subscription, Feature.ENCRYPTED_POP)
        if not self.may_encrypt:
            self._disable_encryption()

    def clean_protocol(self) -> str:
        """Return POP3, whatever is sent."""
        return Protocol.POP3

    def clean_security(self) -> str:
        security: str = self.cleaned_data["security"]
        is_as_saved = not self.is_new and security == self.initial.get("security")
        if security != Security.NONE and not self.may_encrypt and not is_as_saved:
            raise ValidationError(self.lack)
        return security

    def _disable_encryption(self) -> None:
        field = cast(forms.ChoiceField, self.fields["security"])
        saved = self.initial.get("security") if not self.is_new else None
        field.widget = _SelectWithDisabled(
            choices=field.choices, disabled={value for value, _label in Security.choices} - {Security.NONE, saved}
        )
        if self.is_new:
            self.initial.update(security=Security.NONE, port=DEFAULT_PORTS[Protocol.POP3, Security.NONE])


def may_encrypt(mailbox: Mailbox) -> bool:
    """Whether the plan lets connected POP accounts of this mailbox use TLS."""
    return features.has(mailbox.subscription, Feature.ENCRYPTED_POP)


class _SelectWithDisabled(forms.Select):
    """Shows choices that cannot be chosen, so that people see what their plan lacks."""

    def __init__(self, *, choices: Any, disabled: set[Any]) -> None:
        super().__init__(choices=choices)
        self._disabled = disabled

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if str(value) in self._disabled:
            option["attrs"]["disabled"] = True
        return option
