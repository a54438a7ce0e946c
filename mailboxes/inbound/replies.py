"""The replies of the listener, with their enhanced status codes (RFC 5321 §4.2, RFC 2034, RFC 3463).

None repeats what the client said, so that nothing of it gets into logs and bounces of others.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reply:
    """One line of reply; 354, 220 and the answer to EHLO have no enhanced status."""

    code: int
    enhanced_status: str
    text: str

    @property
    def octets(self) -> bytes:
        status = f"{self.enhanced_status} " if self.enhanced_status else ""
        return f"{self.code} {status}{self.text}\r\n".encode("ascii")

    @property
    def is_positive(self) -> bool:
        return self.code < 400

    @property
    def is_permanent(self) -> bool:
        return self.code >= 500


class Refused(Exception):
    """A command is answered with `reply` and nothing else happens."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.text)
        self.reply = reply


OK = Reply(250, "2.0.0", "Ok")
SENDER_OK = Reply(250, "2.1.0", "Sender ok")
RECIPIENT_OK = Reply(250, "2.1.5", "Recipient ok")
START_DATA = Reply(354, "", "End data with <CR><LF>.<CR><LF>")
READY_FOR_TLS = Reply(220, "2.0.0", "Ready to start TLS")
BYE = Reply(221, "2.0.0", "Bye")
# §7.3: a server that does not tell answers 252, which says neither yes nor no.
CANNOT_VERIFY = Reply(252, "2.5.0", "Not told; send mail and see")

CLOSING = Reply(421, "4.3.2", "Stopping; come back in a moment")
TOO_SLOW = Reply(421, "4.4.2", "Waited too long")
TOO_MANY_CONNECTIONS = Reply(421, "4.7.0", "Too many connections; come back later")
TOO_MANY_ERRORS = Reply(421, "4.7.0", "Too many errors")
TOO_MANY_COMMANDS = Reply(421, "4.7.0", "Too many commands without mail")
BROKEN = Reply(421, "4.3.0", "Something failed here; come back later")

NOT_STORED = Reply(451, "4.3.0", "It could not be stored; try again later")
BUSY = Reply(451, "4.3.2", "Too much mail at this moment; try again later")
TOO_FREQUENT = Reply(451, "4.7.1", "Too much mail for this recipient at this moment; try again later")
DISK_FULL = Reply(452, "4.3.1", "Not enough storage; try again later")
TOO_MANY_RECIPIENTS = Reply(452, "4.5.3", "Too many recipients; send to the others separately")
TLS_NOT_NOW = Reply(454, "4.7.0", "TLS is not available now")
# Somebody switched it off, and may switch it on again: until then the mail waits where it is, as it does where
# mailboxes are polled. With 550 it would go back at once, and some providers end a redirection at the first one.
MAILBOX_INACTIVE = Reply(450, "4.2.1", "This mailbox is switched off at the moment")

UNKNOWN_COMMAND = Reply(500, "5.5.2", "Unknown command")
LINE_TOO_LONG = Reply(500, "5.5.2", "The line is too long")
BARE_LINE_FEED = Reply(500, "5.5.2", "Lines end with CR and LF (RFC 5321 2.3.8)")
BAD_ARGUMENT = Reply(501, "5.5.4", "The argument does not fit the command")
BAD_SENDER = Reply(501, "5.1.7", "This is no reverse path")
BAD_RECIPIENT = Reply(501, "5.1.3", "This is no forward path")
NOT_IMPLEMENTED = Reply(502, "5.5.1", "Not implemented")
GREET_FIRST = Reply(503, "5.5.1", "Greet first")
SENDER_FIRST = Reply(503, "5.5.1", "MAIL comes first")
RECIPIENT_FIRST = Reply(503, "5.5.1", "RCPT comes first")
NESTED_SENDER = Reply(503, "5.5.1", "MAIL was given already")
TLS_ALREADY = Reply(503, "5.5.1", "TLS is in use already")
MAILBOX_UNKNOWN = Reply(550, "5.1.1", "There is no such mailbox here")
RELAY_DENIED = Reply(550, "5.7.1", "Relaying is denied")
TOO_LARGE = Reply(552, "5.3.4", "The message is larger than this server takes")
NEEDS_SMTPUTF8 = Reply(553, "5.6.7", "An address beyond ASCII needs SMTPUTF8")
LOOP = Reply(554, "5.4.6", "This message goes round in a circle")
UNKNOWN_PARAMETER = Reply(555, "5.5.4", "Unknown parameter")


def stored(identifier: str) -> Reply:
    """Return the reply that promises: it is here and stays here. `identifier` is what the log calls the message."""
    return Reply(250, "2.0.0", f"Stored as {identifier}")
