"""Routes of what a mailbox takes in, and of topics: discard filters, attachments, discarded mail, filter sets."""

from django.urls import URLPattern, path

from mailboxes.views.mail import discarded
from mailboxes.views.setup import attachments, filter_sets, filters, topics

_MAILBOX = "mailboxes/<uuid:mailbox_id>/"
_DISCARD_FILTER = f"{_MAILBOX}filters/<uuid:discard_filter_id>/"
_FILTER_SET = "settings/filters/<uuid:filter_set_id>/"
_FILTER_RULE = f"{_FILTER_SET}<uuid:filter_rule_id>/"

urlpatterns: list[URLPattern] = [
    path(f"{_MAILBOX}filters/", filters.mailbox_filters, name="mailbox-filters"),
    path(f"{_MAILBOX}filters/add/", filters.discard_filter_add, name="discard-filter-add"),
    path(_DISCARD_FILTER, filters.discard_filter_change, name="discard-filter-change"),
    path(f"{_DISCARD_FILTER}delete/", filters.discard_filter_delete, name="discard-filter-delete"),
    path(f"{_MAILBOX}attachments/", attachments.attachment_policy, name="attachment-policy"),
    path(f"{_MAILBOX}discarded/", discarded.discarded_list, name="discarded-list"),
    path("messages/<uuid:discarded_message_id>/take-in/", discarded.take_in, name="message-take-in"),
    path("settings/topics/", topics.topic_list, name="topic-list"),
    path("settings/topics/add/", topics.topic_add, name="topic-add"),
    path("settings/topics/<uuid:topic_id>/", topics.topic_change, name="topic-change"),
    path("settings/topics/<uuid:topic_id>/delete/", topics.topic_delete, name="topic-delete"),
    path("settings/filters/add/", filter_sets.filter_set_add, name="filter-set-add"),
    path(_FILTER_SET, filter_sets.filter_set_change, name="filter-set-change"),
    path(f"{_FILTER_SET}delete/", filter_sets.filter_set_delete, name="filter-set-delete"),
    path(f"{_FILTER_SET}try/", filter_sets.filter_set_try, name="filter-set-try"),
    path(f"{_FILTER_SET}add/", filter_sets.filter_rule_add, name="filter-rule-add"),
    path(_FILTER_RULE, filter_sets.filter_rule_change, name="filter-rule-change"),
    path(f"{_FILTER_RULE}move/", filter_sets.filter_rule_move, name="filter-rule-move"),
    path(f"{_FILTER_RULE}delete/", filter_sets.filter_rule_delete, name="filter-rule-delete"),
]
