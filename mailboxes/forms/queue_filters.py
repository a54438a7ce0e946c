"""The form of the filter menu. It is sent as an address, so the list that it leads to can be shared."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from mailboxes.models import Conversation, Mailbox
from mailboxes.queue.chips import status_label
from mailboxes.queue.colleagues import colleagues_of
from mailboxes.queue.filters import ANY_STATUS, ME, NOBODY, Filters, Order
from mailboxes.queue.vocabulary import tags_seen_by, topics_seen_by
from mailhub.tenancy.models import Membership

# Nobody looks for one of more in a list: such an account searches.
MOST_OFFERED = 300

Choices = list[tuple[str, str]]


class FilterForm(forms.Form):
    """Shows the present filters; nothing is checked here, because the list reads the address."""

    status = forms.ChoiceField(required=False)
    assignee = forms.ChoiceField(label="Assigned to", required=False)
    mailbox = forms.ChoiceField(required=False)
    topic = forms.ChoiceField(required=False)
    tag = forms.ChoiceField(required=False)
    order = forms.ChoiceField(
        choices=[("", "Newest first"), (Order.WAITING.value, "Longest waiting first")], required=False
    )
    unread = forms.BooleanField(required=False)
    overdue = forms.BooleanField(label="Answer overdue", required=False)
    trouble = forms.BooleanField(label="Not delivered", required=False)
    q = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, membership: Membership, filters: Filters) -> None:
        super().__init__(initial=_initial(filters), auto_id="filter-%s")
        names = colleagues_of(membership).exclude(pk=membership.pk)[:MOST_OFFERED]
        somebody: Choices = [(ME, "Me"), (NOBODY, "Nobody"), *((str(one.pk), str(one.user)) for one in names)]
        holder, tag = filters.holder, filters.tag
        self._offer("status", [(value, status_label(value)) for value in (*Conversation.Status.values, ANY_STATUS)])
        self._offer(
            "assignee", [("", "Anybody"), *somebody], (holder.value, str(holder.membership)) if holder else None
        )
        self._offer("mailbox", _named("Any mailbox", Mailbox.objects.visible_to(membership)), _pair(filters.mailbox))
        self._offer("topic", _named("Any topic", topics_seen_by(membership)), _pair(filters.topic))
        self._offer("tag", _named("Any tag", tags_seen_by(membership)), _pair(tag))

    def _offer(self, name: str, choices: Choices, chosen: tuple[str, str] | None = None) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        # A shared list may be about one that is not among the first.
        is_among_them = chosen is None or chosen[0] in dict(choices)
        field.choices = choices if is_among_them or chosen is None else [*choices, chosen]


def _initial(filters: Filters) -> dict[str, Any]:
    return {
        "status": filters.status,
        "assignee": filters.holder.value if filters.holder else "",
        "mailbox": str(filters.mailbox.pk) if filters.mailbox else "",
        "topic": str(filters.topic.pk) if filters.topic else "",
        "tag": str(filters.tag.pk) if filters.tag else "",
        "order": "" if filters.chosen_order == Order.NEWEST else filters.chosen_order.value,
        "unread": filters.only_unread,
        "overdue": filters.only_overdue,
        "trouble": filters.only_troubled,
        "q": filters.words,
    }


def _named(any_of_them: str, rows: QuerySet[Any]) -> Choices:
    first = rows.order_by("name", "pk").values_list("pk", "name")[:MOST_OFFERED]
    return [("", any_of_them), *((str(pk), name) for pk, name in first)]


def _pair(row: Any) -> tuple[str, str] | None:
    return (str(row.pk), str(row)) if row is not None else None
