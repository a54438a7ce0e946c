"""Forms of segments."""

from typing import Any, ClassVar, cast

from django import forms

from mailboxes.models import Mailbox, Segment
from mailhub.lib.headers import clean_header
from mailhub.tenancy.models import Membership


class PersonField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Each choice says in which segment the person is now."""

    def label_from_instance(self, membership: Any) -> str:
        return f"{membership.user}, now in {membership.segment_name}"


class SegmentForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new segment: its name."""

    class Meta:
        model = Segment
        fields: ClassVar = ["name"]
        widgets: ClassVar = {"name": forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Wholesale"})}

    def clean_name(self) -> str:
        name = clean_header(self.cleaned_data["name"])
        if Segment.objects.filter(name=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Another segment of this account has this name.")
        return name


class ChangeSegmentForm(SegmentForm):
    """A segment with its default mailbox, and people who come into it."""

    default_mailbox: "forms.ModelChoiceField[Mailbox]" = forms.ModelChoiceField(
        Mailbox.objects.none(),
        empty_label=None,
        help_text="It sends the system mail of the people in this segment, and new mail starts from it.",
    )
    joining = PersonField(
        Membership.objects.none(),
        label="Move people here",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta(SegmentForm.Meta):
        fields: ClassVar = ["name", "default_mailbox"]

    def __init__(self, others: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mailboxes = Mailbox.objects.filter(segment=self.instance)
        if mailboxes.exists():
            cast("forms.ModelChoiceField[Mailbox]", self.fields["default_mailbox"]).queryset = mailboxes
        else:
            del self.fields["default_mailbox"]
        cast(PersonField, self.fields["joining"]).queryset = others


class DeleteSegmentForm(forms.Form):
    """Asks where the mailboxes and people of the segment go."""

    heir: "forms.ModelChoiceField[Segment]" = forms.ModelChoiceField(
        Segment.objects.none(),
        label="Mailboxes, people and filter sets move to",
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the segment that takes them in."},
    )

    def __init__(self, segment: Segment, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Segment.objects.exclude(pk=segment.pk)
        cast("forms.ModelChoiceField[Segment]", self.fields["heir"]).queryset = others
        self.has_heirs = others.exists()
