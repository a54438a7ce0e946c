"""Mailboxes, the mail that came in, the mail that went out, and the conversations that both form."""

from mailboxes.models.alarms import Alarm
from mailboxes.models.conversations import Conversation, ConversationRead, Participant
from mailboxes.models.deliveries import Delivery, DeliveryAttempt
from mailboxes.models.mailboxes import Mailbox, MailboxAccess
from mailboxes.models.messages import Attachment, Message, MessageOrigin
from mailboxes.models.outgoing import OutgoingMessage, SentIdentifier
from mailboxes.models.platform_usage import PlatformUsage
from mailboxes.models.reply_checks import ReplyCheck, ReplyProbe
from mailboxes.models.segments import Segment, SegmentPerson
from mailboxes.models.sent_copies import SentCopy

__all__ = [
    "Alarm",
    "Attachment",
    "Conversation",
    "ConversationRead",
    "Delivery",
    "DeliveryAttempt",
    "Mailbox",
    "MailboxAccess",
    "Message",
    "MessageOrigin",
    "OutgoingMessage",
    "Participant",
    "PlatformUsage",
    "ReplyCheck",
    "ReplyProbe",
    "Segment",
    "SegmentPerson",
    "SentCopy",
    "SentIdentifier",
]
