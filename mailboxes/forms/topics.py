"""Forms of topics, of filter sets and their rules, and of what a mailbox chooses of them (SPEC M22)."""

from typing import Any, ClassVar, cast

from django import forms

from mailboxes.folding import folded
from mailboxes.models import FilterRule, FilterSet, Mailbox, Message, Segment, Topic
from mailhub.lib.headers import clean_header

MOST_PHRASES = 100
MOST_CHARACTERS = 100


class TopicForm(forms.ModelForm):  # type: ignore[type-arg]
    """A topic: its name."""

    class Meta:
        model = Topic
        fields: ClassVar = ["name"]
        widgets: ClassVar = {"name": forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Invoices"})}

    def clean_name(self) -> str:
        name = clean_header(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError("Give it a name.")
        if Topic.objects.filter(name=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Another topic of this account has this name.")
        return name


class DeleteTopicForm(forms.Form):
    """Asks which topic takes the place of the one that goes; none is an answer."""

    heir: "forms.ModelChoiceField[Topic]" = forms.ModelChoiceField(
        Topic.objects.none(), label="Put in its place", required=False, empty_label="No topic"
    )

    def __init__(self, topic: Topic, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[Topic]", self.fields["heir"]).queryset = Topic.objects.exclude(pk=topic.pk)


class FilterSetForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new filter set: its name and its segment."""

    segment: "forms.ModelChoiceField[Segment]" = forms.ModelChoiceField(
        Segment.objects.none(), empty_label=None, help_text="Mailboxes of this segment can use it."
    )

    class Meta:
        model = FilterSet
        fields: ClassVar = ["name", "segment"]
        widgets: ClassVar = {"name": forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Support"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "segment" in self.fields:
            cast("forms.ModelChoiceField[Segment]", self.fields["segment"]).queryset = Segment.objects.all()

    def clean_name(self) -> str:
        name = clean_header(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError("Give it a name.")
        if FilterSet.objects.filter(name=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Another filter set of this account has this name.")
        return name


class RenameFilterSetForm(FilterSetForm):
    """A filter set keeps its segment: mailboxes of that segment use it."""

    segment = None  # type: ignore[assignment]

    class Meta(FilterSetForm.Meta):
        fields: ClassVar = ["name"]


class FilterRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A filter: phrases, one on each line, where they stand, and the topic that they give."""

    phrases = forms.CharField(
        label="Words or phrases",
        max_length=MOST_PHRASES * (MOST_CHARACTERS + 2),
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="One on each line. Any of them is enough. Whole words count, capitals do not.",
    )
    topic: "forms.ModelChoiceField[Topic]" = forms.ModelChoiceField(Topic.objects.none(), empty_label=None)

    class Meta:
        model = FilterRule
        fields: ClassVar = ["phrases", "place", "topic"]
        labels: ClassVar = {"place": "Where they stand"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[Topic]", self.fields["topic"]).queryset = Topic.objects.all()
        if self.instance.phrases:
            self.initial["phrases"] = "\n".join(self.instance.phrases)

    def clean_phrases(self) -> list[str]:
        lines = [clean_header(line) for line in self.cleaned_data["phrases"].splitlines()]
        # Two that differ in nothing that counts are one.
        phrases = list({folded(line): line for line in lines if folded(line)}.values())
        if not phrases:
            raise forms.ValidationError("Write at least one word.")
        if len(phrases) > MOST_PHRASES:
            raise forms.ValidationError(f"These are {len(phrases)}; a filter has at most {MOST_PHRASES}.")
        too_long = next((one for one in phrases if len(one) > MOST_CHARACTERS), None)
        if too_long:
            raise forms.ValidationError(f"“{too_long[:40]}…” is longer than {MOST_CHARACTERS} characters.")
        return phrases


class TryFiltersForm(forms.Form):
    """A text, or a message that came in recently."""

    message: "forms.ModelChoiceField[Message]" = forms.ModelChoiceField(
        Message.objects.none(), label="A recent message", required=False, empty_label="None: the text below"
    )
    text = forms.CharField(
        label="Or any text", required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, recent: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[Message]", self.fields["message"]).queryset = recent

    def clean(self) -> dict[str, Any]:
        chosen: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not chosen.get("message") and not chosen.get("text"):
            raise forms.ValidationError("Choose a message, or paste a text.")
        return chosen


class MailboxTopicsForm(forms.ModelForm):  # type: ignore[type-arg]
    """Which filter set gives the conversations of a mailbox their topic, and which topic they have otherwise."""

    filter_set: "forms.ModelChoiceField[FilterSet]" = forms.ModelChoiceField(
        FilterSet.objects.none(), required=False, empty_label="None"
    )
    default_topic: "forms.ModelChoiceField[Topic]" = forms.ModelChoiceField(
        Topic.objects.none(), required=False, empty_label="No topic", help_text="For what no filter fits."
    )

    class Meta:
        model = Mailbox
        fields: ClassVar = ["filter_set", "default_topic"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sets = FilterSet.objects.filter(segment=self.instance.segment_id)
        cast("forms.ModelChoiceField[FilterSet]", self.fields["filter_set"]).queryset = sets
        cast("forms.ModelChoiceField[Topic]", self.fields["default_topic"]).queryset = Topic.objects.all()

    def save_choice(self) -> None:
        """Write these two columns alone: workers write to the same row."""
        self.instance.save(update_fields=["filter_set", "default_topic"])
