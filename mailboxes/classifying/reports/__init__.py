"""Reports on the delivery of a mail: in the standard form (RFC 3464), and in the words of those who do not use it.

When is a failure permanent? When the protocol says so, recipient by recipient (RFC 3463 §2, RFC 5321 §4.2.1):

1. A code of class 5 is permanent, one of class 4 is not. That holds for a full mailbox, too: 5.2.2 is permanent.
2. Of several codes the one that tells most counts: X.1.1 before X.1.0, X.1.0 before X.0.0, and the server's own words
   (Diagnostic-Code) before what the reporting server made of them (Status), if that is one of the codes that many
   servers give to every refusal. An enhanced code comes before a reply code, unless it is X.0.0.
3. Without any code the words decide: there is no such user or domain, or the account was closed: permanent. The server
   cannot be reached, the time is over: not permanent. Nor is a full mailbox, unless the report calls the error so.
4. Else `Action: failed` is permanent (RFC 3464 §2.3.3), and so is what the report itself calls a permanent error.
5. Else nothing is known, and what is not known is never permanent.
"""

from mailboxes.classifying.reports.certified_receipt import certified_receipt
from mailboxes.classifying.reports.challenge import challenge
from mailboxes.classifying.reports.daemon_notice import daemon_notice
from mailboxes.classifying.reports.delivery_status import delivery_status
from mailboxes.classifying.reports.delivery_status_in_text import delivery_status_in_text
from mailboxes.classifying.reports.known_notice import known_notice
from mailboxes.classifying.reports.list_refusal import list_refusal
from mailboxes.classifying.reports.read_receipt import read_receipt
from mailboxes.classifying.reports.ses_notification import ses_notification
from mailboxes.classifying.reports.wrapped_report import wrapped_report
from mailboxes.classifying.rules import Rule

# In a form that nobody but a mail server writes.
STANDARD_RULES: tuple[Rule, ...] = (
    read_receipt,
    certified_receipt,
    delivery_status,
    delivery_status_in_text,
    ses_notification,
    wrapped_report,
    known_notice,
)
# In words: looked at only after what is surely an automatic answer of a person's mailbox.
TEXT_RULES: tuple[Rule, ...] = (
    challenge,
    list_refusal,
    daemon_notice,
)
