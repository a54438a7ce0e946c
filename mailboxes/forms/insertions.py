"""What the composer tells when a template is put into a letter, and when the letter is previewed."""

from django import forms

from mailboxes.forms.recipients import people_in
from mailboxes.models import Draft
from servers.models import OutgoingServer

_LONGEST_LIST = 50_000


class InsertionForm(forms.Form):
    """A letter as far as it is written. All of it may be missing; a server that may not be used counts as none."""

    server = forms.CharField(required=False, max_length=36)
    conversation = forms.UUIDField(required=False)
    to = forms.CharField(required=False, strip=False, max_length=_LONGEST_LIST)
    subject = forms.CharField(required=False, max_length=1000)

    def clean_to(self) -> object:
        return people_in(self.cleaned_data["to"])

    def server_among(self, servers: list[OutgoingServer]) -> OutgoingServer | None:
        """Return the chosen one of the servers that the person may use, else their first."""
        chosen = self.cleaned_data["server"]
        return next((one for one in servers if str(one.pk) == chosen), servers[0] if servers else None)


class OccasionForm(forms.Form):
    """What a letter is written for."""

    kind = forms.ChoiceField(choices=Draft.Kind.choices, required=False)
    conversation = forms.UUIDField(required=False)
    answers = forms.UUIDField(required=False)
