"""Who gets a copy of all mail of a mailbox (SPEC M20)."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from mailboxes import own_addresses
from mailboxes.addresses import normalise
from mailboxes.forms.recipients import RecipientsField
from mailboxes.models import BlindCopyAddress, Mailbox


class BlindCopiesForm(forms.Form):
    """One or more addresses to add."""

    addresses = RecipientsField(
        label="Add addresses",
        help_text="One or more, separated by commas.",
        error_messages={"required": "Say who gets the copies."},
    )

    def __init__(self, mailbox: Mailbox, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._mailbox = mailbox
        self.fields["addresses"].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}

    def clean_addresses(self) -> list[str]:
        """Return the addresses that are not there yet, without the names that people type beside them.

        Those of the mailbox itself are refused: each copy would come in as a mail from nobody but itself.
        """
        wanted = {normalise(one.addr_spec): one.addr_spec for one in self.cleaned_data["addresses"]}
        own = sorted(own_addresses.own_addresses(self._mailbox) & wanted.keys())
        if own:
            raise ValidationError(
                f"{', '.join(own)} is this mailbox itself: what it sends stands in its conversations already."
            )
        there = {normalise(one) for one in self._there()}
        return [address for key, address in wanted.items() if key not in there]

    def _there(self) -> list[str]:
        rows = BlindCopyAddress.objects.filter(mailbox=self._mailbox)
        return list(rows.values_list("address", flat=True))
