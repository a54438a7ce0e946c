"""Steps of the pipelines, in the order that settings.PIPELINES gives them."""

from mailboxes.handlers.classifying import classify_mail
from mailboxes.handlers.falling_back import fall_back_to_platform
from mailboxes.handlers.filing import file_in_conversation
from mailboxes.handlers.matching import match
from mailboxes.handlers.own_copies import recognise_own_copy, reconcile_uncertain
from mailboxes.handlers.probing import recognise_probe, record_probe_settled
from mailboxes.handlers.sent_copies import copy_to_sent
from mailboxes.handlers.settling import record_settled

__all__ = [
    "classify_mail",
    "copy_to_sent",
    "fall_back_to_platform",
    "file_in_conversation",
    "match",
    "recognise_own_copy",
    "recognise_probe",
    "reconcile_uncertain",
    "record_probe_settled",
    "record_settled",
]
