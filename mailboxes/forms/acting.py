"""Forms of what people do with a conversation. What they name is looked for among what they may see."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from mailboxes.models import Conversation, Tag, Topic
from mailboxes.queue import snoozing
from mailboxes.queue.vocabulary import tags_seen_by, topics_seen_by
from mailhub.tenancy.models import Membership

MOST_TAG_CHARACTERS = 200
# Whoever has least to do.
LEAST_BUSY = "least-busy"


class AssignForm(forms.Form):
    """Who looks after it: a person, LEAST_BUSY, or "" for nobody."""

    assignee = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, people: list[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._people = {str(one.pk): one for one in people}
        choices = self.fields["assignee"]
        assert isinstance(choices, forms.ChoiceField)
        choices.choices = [
            ("", ""),
            (LEAST_BUSY, LEAST_BUSY),
            *((pk, str(one.user)) for pk, one in self._people.items()),
        ]

    @property
    def is_balanced(self) -> bool:
        return self.cleaned_data["assignee"] == LEAST_BUSY

    @property
    def person(self) -> Membership | None:
        return self._people.get(self.cleaned_data["assignee"])


class StatusForm(forms.Form):
    """Open, pending or closed."""

    status = forms.ChoiceField(
        choices=[
            (one.value, one.label)
            for one in (Conversation.Status.OPEN, Conversation.Status.PENDING, Conversation.Status.CLOSED)
        ]
    )


class PriorityForm(forms.Form):
    """How urgent it is."""

    priority = forms.TypedChoiceField(choices=Conversation.Priority.choices, coerce=int)


class TopicChoiceForm(forms.Form):
    """What it is about; none is an answer."""

    topic: "forms.ModelChoiceField[Topic]" = forms.ModelChoiceField(Topic.objects.none(), required=False)

    def __init__(self, *args: Any, viewer: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        topic = self.fields["topic"]
        assert isinstance(topic, forms.ModelChoiceField)
        topic.queryset = topics_seen_by(viewer)


class AddTagForm(forms.Form):
    """A tag by its name, also one that is new. What is too long is refused in words by who adds it."""

    name = forms.CharField(max_length=MOST_TAG_CHARACTERS)


class RemoveTagForm(forms.Form):
    """A tag that the conversation carries."""

    tag: "forms.ModelChoiceField[Tag]" = forms.ModelChoiceField(Tag.objects.none())

    def __init__(self, *args: Any, viewer: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tag = self.fields["tag"]
        assert isinstance(tag, forms.ModelChoiceField)
        tag.queryset = tags_seen_by(viewer)


class SnoozeForm(forms.Form):
    """Until when: one of the times that are offered, or a date and time in the person's time zone."""

    until = forms.CharField(required=False, max_length=20)
    at = forms.DateTimeField(
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        label="Date and time",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, zone: ZoneInfo, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._zone = zone
        self.choices = snoozing.choices(now, zone)

    def full_clean(self) -> None:
        """Read the time that was typed as one of the person's zone."""
        with timezone.override(self._zone):
            super().full_clean()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        offered = {one.key: one.until for one in self.choices}
        until = offered.get(cleaned.get("until", "")) or cleaned.get("at")
        if until is None and "at" not in self.errors:
            raise forms.ValidationError("Choose until when it is put off.")
        cleaned["chosen"] = until
        return cleaned
