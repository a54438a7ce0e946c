"""Forms of what people do with a conversation. What they name is looked for among what they may see."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from mailboxes.models import Conversation, Mailbox, Tag, Topic
from mailboxes.queue import snoozing
from mailboxes.queue.vocabulary import tags_seen_by, topics_seen_by
from mailboxes.routing import balancing
from mailhub.tenancy.models import Membership

MOST_TAG_CHARACTERS = 200
_NAME = "A tag needs a name, and a short one."
# Whoever has least to do.
LEAST_BUSY = "least-busy"


class ActionForm(forms.Form):
    """One thing to do with a conversation, and one value for it."""

    # The name of the field that holds what was chosen.
    chooses: str

    @property
    def chosen(self) -> Any:
        """What was chosen; the form is valid."""
        return self.cleaned_data[self.chooses]

    @property
    def complaint(self) -> str:
        """Why it is not valid, for the person who asked."""
        return " ".join(str(error) for errors in self.errors.values() for error in errors)


class AssignForm(ActionForm):
    """Who looks after it: a person, LEAST_BUSY, or "" for nobody."""

    chooses = "assignee"
    assignee = forms.ChoiceField(
        required=False,
        error_messages={"invalid_choice": "This person may not use the mailbox, or is not there any more."},
    )

    def __init__(self, *args: Any, people: list[Membership], mailbox: Mailbox, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._mailbox = mailbox
        self._people = {str(one.pk): one for one in people}
        choices = self.fields["assignee"]
        assert isinstance(choices, forms.ChoiceField)
        choices.choices = [
            ("", ""),
            (LEAST_BUSY, LEAST_BUSY),
            *((pk, str(one.user)) for pk, one in self._people.items()),
        ]

    @property
    def chosen(self) -> Membership | None:
        assignee = self.cleaned_data["assignee"]
        return balancing.least_busy(self._mailbox) if assignee == LEAST_BUSY else self._people.get(assignee)


class StatusForm(ActionForm):
    """Open, pending or closed."""

    chooses = "status"
    status = forms.ChoiceField(
        choices=[
            (one.value, one.label)
            for one in (Conversation.Status.OPEN, Conversation.Status.PENDING, Conversation.Status.CLOSED)
        ]
    )


class PriorityForm(ActionForm):
    """How urgent it is."""

    chooses = "priority"
    priority = forms.TypedChoiceField(choices=Conversation.Priority.choices, coerce=int)


class TopicChoiceForm(ActionForm):
    """What it is about; none is an answer."""

    chooses = "topic"
    topic: "forms.ModelChoiceField[Topic]" = forms.ModelChoiceField(
        Topic.objects.none(), required=False, error_messages={"invalid_choice": "This topic is not there any more."}
    )

    def __init__(self, *args: Any, viewer: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        topic = self.fields["topic"]
        assert isinstance(topic, forms.ModelChoiceField)
        topic.queryset = topics_seen_by(viewer)


class AddTagForm(ActionForm):
    """A tag by its name, also one that is new. What is too long is refused in words by who adds it."""

    chooses = "name"
    name = forms.CharField(
        max_length=MOST_TAG_CHARACTERS, error_messages=dict.fromkeys(("required", "max_length"), _NAME)
    )


class RemoveTagForm(ActionForm):
    """A tag that the conversation carries."""

    chooses = "tag"
    tag: "forms.ModelChoiceField[Tag]" = forms.ModelChoiceField(
        Tag.objects.none(), error_messages={"invalid_choice": "This tag is not there any more."}
    )

    def __init__(self, *args: Any, viewer: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tag = self.fields["tag"]
        assert isinstance(tag, forms.ModelChoiceField)
        tag.queryset = tags_seen_by(viewer)


class SnoozeForm(ActionForm):
    """Until when: one of the times that are offered, or a date and time in the person's time zone."""

    chooses = "chosen"
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
