"""What a received mail is, and what a failed delivery was about (SPEC I3)."""

from dataclasses import dataclass, field
from datetime import date

from django.db import models


class Kind(models.TextChoices):
    """What a mail is; the words are those of `inspect_message`."""

    NORMAL = "normal", "New"
    REPLY = "reply", "Reply"
    AUTO_REPLY = "auto_reply", "Automatic reply"
    BOUNCE = "bounce", "Bounce"
    DELAYED = "delayed", "Delayed"
    FEEDBACK_REPORT = "feedback_report", "Complaint"
    LIST = "list", "List mail"
    UNSUBSCRIBE = "unsubscribe", "Unsubscribe request"


class Remedy(models.TextChoices):
    """What somebody can do about a failed delivery."""

    REMOVE = "remove", "Remove the address"
    RETRY = "retry", "Try again"
    FIX_CONFIGURATION = "fix_configuration", "Fix the configuration"
    REVIEW = "review", "Look into it"


class Reason(models.TextChoices):
    """Why a delivery failed."""

    USER_UNKNOWN = "user_unknown", "No such user"
    HOST_UNKNOWN = "host_unknown", "No such domain"
    INVALID_ADDRESS = "invalid_address", "Invalid address"
    MAILBOX_DISABLED = "mailbox_disabled", "Mailbox disabled"
    HAS_MOVED = "has_moved", "Moved to another address"
    MAILBOX_FULL = "mailbox_full", "Mailbox full"
    GREYLISTED = "greylisted", "Greylisted"
    RATE_LIMITED = "rate_limited", "Too many mails at once"
    SERVER_ERROR = "server_error", "Error of the other server"
    NETWORK_ERROR = "network_error", "Other server not reached"
    EXPIRED = "expired", "Not delivered in time"
    MESSAGE_TOO_LARGE = "message_too_large", "Mail too large"
    IP_BLOCKED = "ip_blocked", "Sending server blocked"
    DOMAIN_BLOCKED = "domain_blocked", "Sending domain blocked"
    AUTHENTICATION_FAILED = "authentication_failed", "SPF, DKIM or DMARC failed"
    RELAY_DENIED = "relay_denied", "Relaying denied"
    SENDER_REJECTED = "sender_rejected", "Sender rejected"
    SPAM_BLOCKED = "spam_blocked", "Taken for spam"
    POLICY_BLOCKED = "policy_blocked", "Against the other server's rules"
    VIRUS_DETECTED = "virus_detected", "Virus found"
    CONTENT_ERROR = "content_error", "Form of the mail refused"
    MAIL_LOOP = "mail_loop", "Mail loop"
    TLS_REQUIRED = "tls_required", "Encryption required"
    UNKNOWN = "unknown", "Unknown"

    @property
    def remedy(self) -> Remedy:
        return _REMEDIES[self]


@dataclass(frozen=True)
class FailedRecipient:
    """One recipient whom a mail did not reach, or not yet.

    `is_permanent` is None where the report does not tell. `status` is an enhanced status code (RFC 3463), "" if none.
    """

    address: str
    is_permanent: bool | None
    status: str = ""
    reason: Reason = Reason.UNKNOWN
    # The words of the server that refused it.
    diagnostic: str = ""
    # What the sender had written, where the report names both (RFC 3464 §2.3.1).
    original_address: str = ""


@dataclass(frozen=True)
class Classification:
    """What a mail is, and by which rule."""

    kind: Kind
    # The name of the rule, and what it saw, for the trace.
    rule: str
    evidence: str = ""
    # Of a bounce or a report of delay; of a complaint, who complained, where it is told.
    recipients: tuple[FailedRecipient, ...] = field(default=())
    # The Message-ID of the mail that this one reports on or answers, without <>; "" if it is not told.
    original_message_id: str = ""
    is_out_of_office: bool = False
    # The day on which the sender is back.
    returns_on: date | None = None
    # Of a complaint (RFC 5965 §7.3): "abuse", "fraud", "virus", "other", "not-spam", …
    feedback_type: str = ""

    @property
    def is_permanent(self) -> bool | None:
        """True when every recipient failed for good, False when at least one may still get it, None when unknown."""
        verdicts = {one.is_permanent for one in self.recipients}
        if not verdicts or verdicts == {None}:
            return None
        return False not in verdicts and None not in verdicts

    @property
    def status(self) -> str:
        return next((one.status for one in self.recipients if one.status), "")

    @property
    def reason(self) -> Reason | None:
        return self.recipients[0].reason if self.recipients else None


_REMEDIES = {
    Reason.USER_UNKNOWN: Remedy.REMOVE,
    Reason.HOST_UNKNOWN: Remedy.REMOVE,
    Reason.INVALID_ADDRESS: Remedy.REMOVE,
    Reason.MAILBOX_DISABLED: Remedy.REMOVE,
    Reason.HAS_MOVED: Remedy.REMOVE,
    Reason.MAILBOX_FULL: Remedy.RETRY,
    Reason.GREYLISTED: Remedy.RETRY,
    Reason.RATE_LIMITED: Remedy.RETRY,
    Reason.SERVER_ERROR: Remedy.RETRY,
    Reason.NETWORK_ERROR: Remedy.RETRY,
    Reason.EXPIRED: Remedy.RETRY,
    Reason.MESSAGE_TOO_LARGE: Remedy.REVIEW,
    Reason.IP_BLOCKED: Remedy.FIX_CONFIGURATION,
    Reason.DOMAIN_BLOCKED: Remedy.FIX_CONFIGURATION,
    Reason.AUTHENTICATION_FAILED: Remedy.FIX_CONFIGURATION,
    Reason.RELAY_DENIED: Remedy.FIX_CONFIGURATION,
    Reason.SENDER_REJECTED: Remedy.FIX_CONFIGURATION,
    Reason.SPAM_BLOCKED: Remedy.REVIEW,
    Reason.POLICY_BLOCKED: Remedy.REVIEW,
    Reason.VIRUS_DETECTED: Remedy.REVIEW,
    Reason.CONTENT_ERROR: Remedy.REVIEW,
    Reason.MAIL_LOOP: Remedy.FIX_CONFIGURATION,
    Reason.TLS_REQUIRED: Remedy.FIX_CONFIGURATION,
    Reason.UNKNOWN: Remedy.REVIEW,
}
