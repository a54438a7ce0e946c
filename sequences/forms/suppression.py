"""The form of the suppression list."""

from collections.abc import Sequence

from django import forms

from sequences.contacts.barring import MOST_AT_ONCE, read_pasted
from sequences.contacts.suppressing import MAX_WORDS, Target

_LONGEST = 100_000
_MOST_NAMED = 5


class SuppressionForm(forms.Form):
    """Addresses and domains, one or many, and why."""

    entries = forms.CharField(
        label="Addresses and domains",
        max_length=_LONGEST,
        help_text="One or many, each on a line of its own or with commas between. A domain such as example.com stands "
        "for everybody there, and for all domains below it.",
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "placeholder": "nina@example.com\nexample.org"}),
    )
    words = forms.CharField(
        label="Reason",
        max_length=MAX_WORDS,
        required=False,
        help_text="For your colleagues: who asked for it, and how.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Asked by telephone"}),
    )

    def clean_entries(self) -> Sequence[Target]:
        pasted = read_pasted(self.cleaned_data["entries"])
        if pasted.refused:
            named = ", ".join(f"“{one}”" for one in pasted.refused[:_MOST_NAMED])
            more = len(pasted.refused) - _MOST_NAMED
            rest = f" and {more} more" if more > 0 else ""
            verb = "is" if len(pasted.refused) == 1 else "are"
            raise forms.ValidationError(f"{named}{rest} {verb} neither an e-mail address nor a domain.")
        if not pasted.targets:
            raise forms.ValidationError("Name an address or a domain.")
        if len(pasted.targets) > MOST_AT_ONCE:
            raise forms.ValidationError(f"These are {len(pasted.targets):,}. Add {MOST_AT_ONCE:,} at a time.")
        return pasted.targets
