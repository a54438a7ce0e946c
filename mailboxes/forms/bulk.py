"""What is to be done with the selected conversations: the field that is given says it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet

from mailboxes.models import Conversation, Tag, Topic
from mailboxes.queue.bulk import Deed, Wish
from mailboxes.queue.colleagues import colleagues_of
from mailboxes.queue.filters import ME, NOBODY
from mailboxes.queue.vocabulary import tags_seen_by, topics_seen_by
from mailhub.tenancy.models import Membership

NONE = "none"
# A status that is not among these is reached in another way: what is put off needs a time.
_STATUSES = [choice for choice in Conversation.Status.choices if choice[0] != Conversation.Status.SNOOZED]


class BulkForm(forms.Form):
    """Exactly one of the fields: each of them is a deed."""

    assignee = forms.CharField(required=False)
    status = forms.ChoiceField(choices=[("", ""), *_STATUSES], required=False)
    topic = forms.CharField(required=False)
    tag = forms.CharField(required=False, max_length=200)
    untag = forms.UUIDField(required=False)
    until = forms.CharField(required=False, max_length=40)
    read = forms.ChoiceField(choices=[("", ""), ("yes", "Read"), ("no", "Unread")], required=False)

    def __init__(self, membership: Membership, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._membership = membership

    def clean(self) -> dict[str, Any]:
        given = [name for name in self.fields if self.data.get(name)]
        if len(given) != 1:
            raise forms.ValidationError("Choose what is to be done.")
        return self.cleaned_data

    @property
    def wish(self) -> Wish:
        """What a valid form asks for."""
        name = next(name for name in self.fields if self.data.get(name))
        return Wish(_DEEDS[name], self.cleaned_data[name])

    def clean_assignee(self) -> Membership | None:
        value = self.cleaned_data["assignee"]
        if value == ME:
            return self._membership
        if value in ("", NOBODY):
            return None
        return _found(colleagues_of(self._membership), value, "This person is not there any more.")

    def clean_topic(self) -> Topic | None:
        value = self.cleaned_data["topic"]
        if value in ("", NONE):
            return None
        return _found(topics_seen_by(self._membership), value, "This topic is not there any more.")

    def clean_untag(self) -> Tag | None:
        value = self.cleaned_data["untag"]
        return value and _found(tags_seen_by(self._membership), value, "This tag is not there any more.")

    def clean_until(self) -> datetime | None:
        """Read a time; one without a time zone is meant by the clock of the person."""
        value = self.cleaned_data["until"]
        if not value:
            return None
        try:
            until = datetime.fromisoformat(value)
            zoned = until if until.tzinfo else until.replace(tzinfo=ZoneInfo(self._membership.user.time_zone))
            return zoned.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise forms.ValidationError("This is no time.") from error

    def clean_read(self) -> bool:
        return bool(self.cleaned_data["read"] == "yes")


_DEEDS = {
    "assignee": Deed.ASSIGN,
    "status": Deed.STATUS,
    "topic": Deed.TOPIC,
    "tag": Deed.TAG,
    "untag": Deed.UNTAG,
    "until": Deed.SNOOZE,
    "read": Deed.READ,
}


def _found(rows: QuerySet[Any], value: str | uuid.UUID, words: str) -> Any:
    try:
        row = rows.filter(pk=uuid.UUID(str(value))).first()
    except ValueError as error:
        raise forms.ValidationError(words) from error
    if row is None:
        raise forms.ValidationError(words)
    return row
