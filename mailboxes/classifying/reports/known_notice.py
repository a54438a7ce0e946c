"""Reports in words that begin as only one program begins them."""

import re

from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification
from mailboxes.classifying.original import ENCLOSED_TYPES, notice_of
from mailboxes.classifying.reports.daemon_notice import says_undelivered
from mailboxes.classifying.reports.notices import notice

# By the program that writes them. A line has to begin with these words, near the beginning of the text.
OPENINGS = {
    "james": r"hi\. this is the james mail server|the following message headers? was|message bounced due to",
    "qmail": (
        r"hi\. this is the qmail|hi\. the mtf|this is the qmail-send program|i'm afraid i wasn't able to deliver"
    ),
    "postfix": (
        r"this is the (?:postfix|mail system at host|[a-z0-9 /]{0,30}(?:mail|postfix) (?:program|"
        r"system)) at host|i'm sorry to have to inform you"
    ),
    "exim": (
        r"this message was created automatically by (?:the )?(?:mail delivery|mail system|facebook)|"
        r"a message that you (?:have )?sent (?:could not|was rejected|contained|has not yet)|"
        r"the [a-z_]{1,40} router encountered the following error|message \S{1,40} (?:has been|was) frozen"
    ),
    "sendmail": (
        r"-{2,5} ?the following (?:user[s(]|address(?:es)?|recipients?)[^\n]{0,40}(?:had|have)|"
        r"-{2,5} ?transcript of session"
    ),
    "exchange": (
        r"(?:delivery has failed to these recipients|your message[ \t]*\n[^@]{0,400}did not reach|"
        r"your message did not reach|the following recipient\(s\) (?:could not|cannot) be reached|"
        r"did not reach the following recipient)|"
        r"this is an automatically generated delivery status notification"
    ),
    "gmail": (
        r"delivery to the following recipients?(?: has been delayed|s? failed)|"
        r"\*\* (?:address not found|message blocked|message not delivered|recipient inbox full|"
        r"delivery incomplete|message too large)|we're writing to let you know that the group you tried"
    ),
    "domino": (
        r"your message[ \t]*\n\s{0,40}subject:[^\n]{0,300}\n\s{0,40}(?:was not delivered to|"
        r"could not be delivered)"
    ),
    "notes": r"-{5,9} failure reasons? ",
    "opensmtpd": r"this is the mailer-daemon, please do not reply|hi!? ?\n[ \t\n]{0,20}this is the mailer-daemon",
    "dragonfly": r"this is the dragonfly mail agent",
    "yahoo": (
        r"sorry, we were unable to deliver your message to the following|"
        r"message from \S{1,80}\n+unable to deliver message"
    ),
    "ezweb": (
        r"the user\(s\) account is (?:disabled|temporarily)|each of the following recipients was rejected|"
        r"次のあて先へのメッセージはエラー"
    ),
    "kddi": r"your mail (?:sent|attempted to be delivered) on:? [a-z]{3},",
    "m_filter": r"このメールは「m-filter」が|-{5,9}server message",
    "messagelabs": r"this is the mail delivery agent at|i was unable to deliver your message to the following",
    "mimecast": r"an e-?mail that you attempted to send to the following address",
    "mailmarshal": (
        r"your message:?[ \t]*\n\s{0,40}from:[^\n]{0,200}\n\s{0,40}subject:[^\n]{0,300}\n\s{0,40}could not "
        r"be delivered"
    ),
    "mailfoundry": r"unable to deliver message to(?: the following)?[: ]",
    "surfcontrol": r"your message could not be sent\.?[ \t]*\n",
    "workmail": r"an error occurred while trying to deliver the mail to the following recipients?",
    "messaging_server": (
        r"this report relates to a message you sent with the following header fields|"
        r"your message cannot be delivered to the following"
    ),
    "groupwise": (
        r"the message that you sent was undeliverable to the following|"
        r"the attached file had the following undeliverable recipient"
    ),
    "imail": (
        r"(?:unknown user|invalid final delivery userid|undeliverable to|delivery failed \d{1,4} attempts|"
        r"user mailbox exceeds allowed size|unknown host):? "
    ),
    "x6": r"\d{1,3} ?error\(s\):|we had trouble delivering your message",
    "telekom": r"\|-{3,60} failed addresses follow",
    "courier": (
        r"this is a delivery status notification from|the original message was received (?:on|at)|"
        r"your message to the following recipients? cannot be delivered"
    ),
    "verizon": r"error: invalid user address|message could not be delivered to mobile",
    "interscan": r"sent <<< rcpt to|\*{4,8} message from interscan",
    "sendgrid": r"this is an automatically generated message from sendgrid",
    "aol": (
        r"your mail to the following recipients could not be delivered|the following address(?:es)? failed|"
        r"the mail you sent to"
    ),
    "mailru": r"это письмо создано автоматически|к сожалению, ваше письмо не может быть",
    "smartermail": r"could not deliver message to the following recipient\(s\):",
    "symantec": r"your message with subject:[^\n]{0,300}\n\s{0,10}could not be delivered to",
    "other": r"-{2,5} ?(?:non-delivery report|failed recipients)|your message could not be delivered to",
    "bounce_notification": r"#{2,4}\s{1,20}automatic bounce notification",
}
_BEGINNING = 4000
_KNOWN = {
    name: re.compile(rf"^[ \t#*|]{{0,12}}(?:{opening})", re.IGNORECASE | re.MULTILINE)
    for name, opening in OPENINGS.items()
}


def known_notice(inspected: Inspected) -> Classification | None:
    """Recognise a report by how it opens; a person who sends one on says so in the subject, or writes above it."""
    if not _may_be_report(inspected):
        return None
    reach = _reach(inspected)
    for text in inspected.texts[:3]:
        beginning = notice_of(text).lstrip()[:_BEGINNING].replace("\u2019", "'")
        for name, opening in _KNOWN.items():
            if (found := opening.search(beginning)) and found.start() <= reach:
                return notice(inspected, rule=name, evidence=" ".join(found[0].split())[:80])
    return None


def _may_be_report(inspected: Inspected) -> bool:
    """False for a person's mail that happens to open in the same way."""
    return (
        inspected.is_from_mail_server
        or inspected.has("x-failed-recipients")
        or inspected.has_null_return_path
        or inspected.mail.auto_submitted != "no"
        or says_undelivered(inspected.subject)
    )


def _reach(inspected: Inspected) -> int:
    """Return how far from its beginning a text may open as a report does; -1 if nowhere."""
    if inspected.is_from_mail_server or inspected.has("x-failed-recipients"):
        return _BEGINNING
    is_answer = bool(inspected.mail.in_reply_to) and not inspected.has_null_return_path
    if inspected.is_passed_on or inspected.has("list-id") or inspected.has("list-unsubscribe") or is_answer:
        # Lists pass on what they got, and some programs write "Re:".
        return 0 if says_undelivered(inspected.subject) and not inspected.mail.in_reply_to else -1
    is_program = inspected.has_null_return_path or inspected.mail.auto_submitted != "no"
    # A person who shows what came back greets before it, and does not enclose the mail itself.
    return _BEGINNING if is_program or inspected.part_octets(*ENCLOSED_TYPES) else 0
