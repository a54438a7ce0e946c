"""Steps of the pipelines, in the order that settings.PIPELINES gives them."""

from mailboxes.handlers.autoresponding import autorespond
from mailboxes.handlers.classifying import classify_mail
from mailboxes.handlers.discarding import discard
from mailboxes.handlers.doubles import recognise_double
from mailboxes.handlers.falling_back import fall_back_to_platform
from mailboxes.handlers.filing import file_in_conversation
from mailboxes.handlers.holding import hold_scheduled
from mailboxes.handlers.indexing import index_words
from mailboxes.handlers.matching import match
from mailboxes.handlers.notifying import expect_answer, note_scheduled_answer, tell_of_mail, tell_of_refusal
from mailboxes.handlers.own_copies import recognise_own_copy, reconcile_uncertain
from mailboxes.handlers.probing import recognise_probe, record_probe_settled
from mailboxes.handlers.reporting import (
    record_complaint,
    record_delivery_status,
    record_refused_recipients,
    record_unsubscribe,
)
from mailboxes.handlers.restricting import restrict_attachments
from mailboxes.handlers.routing import route
from mailboxes.handlers.sent_copies import copy_to_sent
from mailboxes.handlers.settling import record_settled
from mailboxes.handlers.smime import open_smime
from mailboxes.handlers.spam import judge_spam
from mailboxes.handlers.topics import filter_topic

__all__ = [
    "autorespond",
    "classify_mail",
    "copy_to_sent",
    "discard",
    "expect_answer",
    "fall_back_to_platform",
    "file_in_conversation",
    "filter_topic",
    "hold_scheduled",
    "index_words",
    "judge_spam",
    "match",
    "note_scheduled_answer",
    "open_smime",
    "recognise_double",
    "recognise_own_copy",
    "recognise_probe",
    "reconcile_uncertain",
    "record_complaint",
    "record_delivery_status",
    "record_probe_settled",
    "record_refused_recipients",
    "record_settled",
    "record_unsubscribe",
    "restrict_attachments",
    "route",
    "tell_of_mail",
    "tell_of_refusal",
]
