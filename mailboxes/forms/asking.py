"""Forms whose answer comes from the network: nothing of them is saved."""

import re

from django import forms

_SELECTOR = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")


class AddressForm(forms.Form):
    """The address whose servers are looked for."""

    address = forms.EmailField(max_length=254)


class SelectorForm(forms.Form):
    """The DKIM selector to look up, where ours does not fit (RFC 6376 §3.1)."""

    selector = forms.CharField(
        label="DKIM selector",
        required=False,
        max_length=190,
        help_text="Only if your mail is signed under another one than usual: the word behind “s=” in DKIM-Signature.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )

    def clean_selector(self) -> str:
        # Some names have underscores, which host names have not.
        selector = str(self.cleaned_data["selector"]).strip().removesuffix(".")
        if selector and not _SELECTOR.fullmatch(selector.replace("_", "")):
            raise forms.ValidationError("Enter the selector only, such as selector1.")
        return selector
