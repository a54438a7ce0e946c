"""Forms of the views that people keep."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from mailboxes.models import SavedView
from mailhub.lib.headers import clean_header
from mailhub.tenancy.models import Membership
from mailhub.tenancy.permissions import Permission


class SavedViewForm(forms.ModelForm):  # type: ignore[type-arg]
    """The name of a view and, for those who manage the account, whether everyone sees it."""

    class Meta:
        model = SavedView
        fields: ClassVar = ["name", "is_shared"]
        labels: ClassVar = {"is_shared": "Everyone in the account sees it"}
        help_texts: ClassVar = {"is_shared": "Each person finds the mail in it that they may read."}
        widgets: ClassVar = {"name": forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Refunds"})}

    def __init__(self, membership: Membership, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not membership.may(Permission.MANAGE_ACCOUNT):
            del self.fields["is_shared"]

    def clean_name(self) -> str:
        name = clean_header(self.cleaned_data["name"])
        namesakes = SavedView.objects.filter(owner=self.instance.owner_id, name=name)
        if namesakes.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Another view of yours has this name.")
        return name
