"""The form of what a mailbox takes of attachments, and of where rejected mail goes (SPEC M24)."""

from typing import Any

from django import forms
from django.http import QueryDict

from mailboxes.addresses import InvalidAddress, normalise, valid_addr_spec
from mailboxes.intake.file_types import PRESETS, InvalidFileType, read_types
from mailboxes.intake.sizes import InvalidSize, parse_size, size_words
from mailboxes.models import AttachmentPolicy
from mailboxes.own_addresses import own_addresses

_Consequence = AttachmentPolicy.Consequence
_WITHOUT_LIMIT = "Empty: no limit"


class SizeField(forms.CharField):
    """A size in KB or MB; None for an empty one."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"autocomplete": "off", "placeholder": _WITHOUT_LIMIT})
        super().__init__(required=False, max_length=20, widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return size_words(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        text: str = super().clean(value)
        if not text:
            return None
        try:
            return parse_size(text)
        except InvalidSize as error:
            raise forms.ValidationError(str(error)) from error


class TypesField(forms.CharField):
    """Extensions and media types."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 2, "autocomplete": "off", "spellcheck": "false"})
        super().__init__(required=False, max_length=4000, widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        try:
            return read_types(super().clean(value))
        except InvalidFileType as error:
            raise forms.ValidationError(str(error)) from error


class AttachmentPolicyForm(forms.Form):
    """Sizes, kinds, what follows, and where rejected mail goes."""

    most_octets = SizeField(label="Largest attachment")
    most_octets_together = SizeField(
        label="All attachments of a mail together", help_text="Pictures in the text of a mail count too."
    )
    presets = forms.MultipleChoiceField(
        label="Not taken",
        choices=[(one.code, f"{one.words} ({one.examples})") for one in PRESETS.values()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    refused_types = TypesField(
        label="Further types that are not taken", help_text="Extensions or media types, such as: mp4, video/*, tar.gz"
    )
    allowed_types = TypesField(
        label="Only these types are taken", help_text="Empty: all that are not refused. Such as: pdf, docx, image/*"
    )
    consequence = forms.ChoiceField(label="What follows", choices=_Consequence.choices, widget=forms.RadioSelect)
    forward_to = forms.CharField(
        label="Forward rejected mail to",
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Mail that is rejected here, or loses an attachment, goes there as it came, within a short mail. "
        "Discard filters use the same address. Empty: nowhere.",
    )

    def __init__(self, policy: AttachmentPolicy, posted: QueryDict | None) -> None:
        self._policy = policy
        initial = {
            "most_octets": policy.most_octets,
            "most_octets_together": policy.most_octets_together,
            "presets": [one for one in policy.refused_types if one in PRESETS],
            "refused_types": [one for one in policy.refused_types if one not in PRESETS],
            "allowed_types": policy.allowed_types,
            "consequence": policy.consequence,
            "forward_to": policy.forward_to,
        }
        super().__init__(posted, initial=initial)

    def clean_forward_to(self) -> str:
        text: str = self.cleaned_data["forward_to"]
        if not text:
            return ""
        try:
            addr_spec = valid_addr_spec(text.strip())
        except InvalidAddress as error:
            raise forms.ValidationError("This is no address that mail can be sent to.") from error
        if normalise(addr_spec) in self._own_addresses():
            raise forms.ValidationError("This is an address of this mailbox: what it rejects would come back.")
        return addr_spec

    def save(self) -> AttachmentPolicy:
        """Write the policy of the mailbox."""
        chosen = self.cleaned_data
        values = {
            "most_octets": chosen["most_octets"],
            "most_octets_together": chosen["most_octets_together"],
            "refused_types": [*chosen["presets"], *chosen["refused_types"]],
            "allowed_types": chosen["allowed_types"],
            "consequence": chosen["consequence"],
            "forward_to": chosen["forward_to"],
        }
        mailbox = self._policy.mailbox
        policy, _is_new = AttachmentPolicy.objects.update_or_create(
            tenant_id=mailbox.tenant_id, mailbox=mailbox, defaults=values
        )
        saved: AttachmentPolicy = policy
        return saved

    def _own_addresses(self) -> set[str]:
        mailbox = self._policy.mailbox
        # What is fetched from an account comes here as well; its user name is often its address.
        usernames = mailbox.incoming_servers.values_list("username", flat=True)
        return {*own_addresses(mailbox), *(normalise(one) for one in usernames if "@" in one)}
