"""Contacts, sequences, and each contact's way through them."""

from sequences.models.batches import EnrollmentBatch
from sequences.models.contacts import Contact, ContactChange, ContactField, ContactList, ListEntry, OtherAddress
from sequences.models.enrollments import Enrollment, EnrollmentEvent, StepSend
from sequences.models.imports import ContactImport, ImportRow
from sequences.models.limits import SendingCount, SendingLimit, SendingSettings
from sequences.models.sequences import Sequence, Step, Variant
from sequences.models.suppression import SuppressedDomain
from sequences.models.tracking import TrackedLink, TrackingHit

__all__ = [
    "Contact",
    "ContactChange",
    "ContactField",
    "ContactImport",
    "ContactList",
    "Enrollment",
    "EnrollmentBatch",
    "EnrollmentEvent",
    "ImportRow",
    "ListEntry",
    "OtherAddress",
    "SendingCount",
    "SendingLimit",
    "SendingSettings",
    "Sequence",
    "Step",
    "StepSend",
    "SuppressedDomain",
    "TrackedLink",
    "TrackingHit",
    "Variant",
]
