"""Mailboxes, the mail that came in, the mail that went out, and the conversations that both form."""

from mailboxes.models.alarms import Alarm
from mailboxes.models.automatic import AutomaticMail, Autoresponder
from mailboxes.models.certificates import CorrespondentCertificate, SigningIdentity, TrustedAuthority
from mailboxes.models.conversation_events import ConversationEvent
from mailboxes.models.conversations import Conversation, ConversationRead, ConversationTag, Participant, Tag
from mailboxes.models.deliveries import Delivery, DeliveryAttempt
from mailboxes.models.drafts import Draft, DraftAttachment
from mailboxes.models.intake import AttachmentPolicy, DiscardFilter
from mailboxes.models.mailboxes import Mailbox, MailboxAccess
from mailboxes.models.messages import Attachment, Message, MessageOrigin
from mailboxes.models.notes import Mention, Note, Presence
from mailboxes.models.notifications import Notification, NotificationSwitch
from mailboxes.models.outgoing import OutgoingMessage, SentIdentifier
from mailboxes.models.platform_usage import PlatformUsage
from mailboxes.models.queue import PictureConsent, ResponseTarget, SavedView, SenderVerdict
from mailboxes.models.reply_checks import ReplyCheck, ReplyProbe
from mailboxes.models.reply_templates import ReplyTemplate
from mailboxes.models.routing import RoutingRule
from mailboxes.models.search import SearchEntry
from mailboxes.models.segments import Segment, SegmentPerson
from mailboxes.models.sent_copies import SentCopy
from mailboxes.models.signatures import BlindCopyAddress, MailboxSignature, PersonalSignature
from mailboxes.models.standing import AddressStanding, ReportedFailure, StandingChange
from mailboxes.models.topics import FilterRule, FilterSet, Topic

__all__ = [
    "AddressStanding",
    "Alarm",
    "Attachment",
    "AttachmentPolicy",
    "AutomaticMail",
    "Autoresponder",
    "BlindCopyAddress",
    "Conversation",
    "ConversationEvent",
    "ConversationRead",
    "ConversationTag",
    "CorrespondentCertificate",
    "Delivery",
    "DeliveryAttempt",
    "DiscardFilter",
    "Draft",
    "DraftAttachment",
    "FilterRule",
    "FilterSet",
    "Mailbox",
    "MailboxAccess",
    "MailboxSignature",
    "Mention",
    "Message",
    "MessageOrigin",
    "Note",
    "Notification",
    "NotificationSwitch",
    "OutgoingMessage",
    "Participant",
    "PersonalSignature",
    "PictureConsent",
    "PlatformUsage",
    "Presence",
    "ReplyCheck",
    "ReplyProbe",
    "ReplyTemplate",
    "ReportedFailure",
    "ResponseTarget",
    "RoutingRule",
    "SavedView",
    "SearchEntry",
    "Segment",
    "SegmentPerson",
    "SenderVerdict",
    "SentCopy",
    "SentIdentifier",
    "SigningIdentity",
    "StandingChange",
    "Tag",
    "Topic",
    "TrustedAuthority",
]
