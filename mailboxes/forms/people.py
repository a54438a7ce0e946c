"""Forms of who may use which mailbox."""

from typing import Any, cast

from django import forms
from django.db.models import QuerySet

from mailboxes.models import Mailbox
from mailhub.tenancy.models import Membership

SEARCH_LENGTH = 100


class PeopleForm(forms.Form):
    """Who may use a mailbox, for the people whom the page shows; those whom it does not show keep what they have."""

    is_open = forms.TypedChoiceField(
        label="Who may use it",
        choices=[("", "Owners, administrators, and the people ticked below"), ("on", "Everyone in the account")],
        coerce=bool,
        empty_value=False,  # type: ignore[arg-type]  # the stubs know texts only
        required=False,
        widget=forms.RadioSelect,
    )
    # Owners and administrators are no choice of either: nobody excludes them, whatever is posted (SPEC T2).
    shown: "forms.ModelMultipleChoiceField[Membership]" = forms.ModelMultipleChoiceField(
        Membership.objects.none(), required=False
    )
    people: "forms.ModelMultipleChoiceField[Membership]" = forms.ModelMultipleChoiceField(
        Membership.objects.none(), required=False
    )

    def __init__(self, members: QuerySet[Membership], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("shown", "people"):
            cast("forms.ModelMultipleChoiceField[Membership]", self.fields[name]).queryset = members


class PersonAccessForm(forms.Form):
    """Which mailboxes a person may use, for the mailboxes that the page shows."""

    shown: "forms.ModelMultipleChoiceField[Mailbox]" = forms.ModelMultipleChoiceField(
        Mailbox.objects.none(), required=False
    )
    mailboxes: "forms.ModelMultipleChoiceField[Mailbox]" = forms.ModelMultipleChoiceField(
        Mailbox.objects.none(), required=False
    )

    def __init__(self, mailboxes: QuerySet[Mailbox], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("shown", "mailboxes"):
            cast("forms.ModelMultipleChoiceField[Mailbox]", self.fields[name]).queryset = mailboxes
