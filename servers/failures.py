"""What went wrong with a mail server: one exception for all protocols, in the server's own words."""

import ssl

from django.db.models import TextChoices

from mailhub.lib.egress import EgressRefused, NameNotResolved
from mailhub.lib.secret import Secret, mask

MAX_WORDS = 500


class Operation(TextChoices):
    """What we were doing when it failed."""

    RESOLVE = "resolve", "Look up the host name"
    CONNECT = "connect", "Connect"
    TLS = "tls", "Encrypt the connection"
    GREETING = "greeting", "Read the greeting"
    TOKEN = "token", "Get an access token"
    SIGN_IN = "sign_in", "Sign in"
    OPEN_FOLDER = "open_folder", "Open the folder"
    LIST = "list", "List messages"
    FETCH = "fetch", "Fetch messages"
    REMOVE = "remove", "Remove messages"
    APPEND = "append", "Put a copy into Sent"
    MAIL_FROM = "mail_from", "Name the sender"
    RCPT_TO = "rcpt_to", "Name the recipient"
    DATA = "data", "Send the message"
    FINAL_DOT = "final_dot", "Finish the message"


class FailureKind(TextChoices):
    """What the failure means for the next attempt."""

    TRANSIENT = "transient", "Temporary"
    PERMANENT = "permanent", "Permanent"
    SIGN_IN_REFUSED = "sign_in_refused", "Sign-in refused"
    EGRESS_REFUSED = "egress_refused", "Host not allowed"
    CERTIFICATE = "certificate", "Certificate not valid"
    PROTOCOL = "protocol", "Server error"
    INTERNAL = "internal", "Error of mailhub"


class ServerFailure(Exception):
    """A server refused, broke the protocol or could not be reached.

    `words` are the server's own, cleaned and with every secret masked; `advice` is one sentence on what to do.
    `reply_code` and `enhanced_status` (RFC 3463) are set where the server gave them.
    """

    def __init__(
        self,
        operation: Operation,
        kind: FailureKind,
        words: str | bytes,
        *,
        reply_code: int | None = None,
        enhanced_status: str = "",
        advice: str = "",
        secrets: tuple[Secret, ...] = (),
    ) -> None:
        self.operation = operation
        self.kind = kind
        self.words = clean_words(words, *secrets)
        self.reply_code = reply_code
        self.enhanced_status = enhanced_status
        self.advice = advice or _ADVICE_BY_OPERATION.get((kind, operation)) or _ADVICE[kind]
        super().__init__(f"{operation.label}: {self.words}")


def clean_words(words: str | bytes, *secrets: Secret) -> str:
    """Return what a server said as one printable line of at most 500 characters, every secret masked."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    text = mask(text, *secrets)
    text = "".join(character if character.isprintable() else " " for character in text)
    text = " ".join(text.split())
    return text if len(text) <= MAX_WORDS else text[: MAX_WORDS - 1] + "…"


def failure_from(error: OSError, operation: Operation) -> ServerFailure:
    """Translate an error of the resolver, the socket or TLS; `operation` is what we were doing."""
    if isinstance(error, EgressRefused):
        # A port is refused before anything is looked up, and the name has no part in it.
        refused = Operation.CONNECT if error.reason == "port" else operation
        return ServerFailure(refused, FailureKind.EGRESS_REFUSED, str(error))
    if isinstance(error, NameNotResolved):
        # Even "no such name" may be a name server that is broken for an hour: it does not make mail undeliverable.
        return ServerFailure(Operation.RESOLVE, FailureKind.TRANSIENT, str(error))
    if isinstance(error, ssl.SSLCertVerificationError):
        return ServerFailure(Operation.TLS, FailureKind.CERTIFICATE, getattr(error, "verify_message", "") or str(error))
    if isinstance(error, ssl.SSLError) and operation == Operation.TLS:
        return _tls_failure(error)
    if isinstance(error, TimeoutError):
        return ServerFailure(operation, FailureKind.TRANSIENT, str(error) or "The server did not answer in time.")
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return ServerFailure(operation, FailureKind.TRANSIENT, "The server closed the connection.")
    return ServerFailure(operation, FailureKind.TRANSIENT, error.strerror or str(error) or type(error).__name__)


def _tls_failure(error: ssl.SSLError) -> ServerFailure:
    reason = error.reason or ""
    if reason in {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG"}:
        return ServerFailure(
            Operation.TLS,
            FailureKind.PROTOCOL,
            "The server did not answer with TLS.",
            advice="Check port and encryption: this port may expect STARTTLS instead of TLS.",
        )
    if "PROTOCOL" in reason or "ALERT" in reason:
        return ServerFailure(
            Operation.TLS,
            FailureKind.PROTOCOL,
            f"TLS handshake failed: {reason.replace('_', ' ').lower()}.",
            advice="The server must offer TLS 1.2 or newer; ask its administrator.",
        )
    return ServerFailure(
        Operation.TLS, FailureKind.TRANSIENT, f"TLS handshake failed: {reason.replace('_', ' ').lower() or error}"
    )


_ADVICE = {
    FailureKind.TRANSIENT: "Nothing to do now: we try again by ourselves. If it lasts, ask the provider.",
    FailureKind.PERMANENT: "Read what the server says; it will refuse the same again until something is changed.",
    FailureKind.SIGN_IN_REFUSED: (
        "Check user name and password; some providers want an app password, or access switched on in their settings."
    ),
    FailureKind.EGRESS_REFUSED: "Enter the public name and the usual port of your provider's mail server.",
    FailureKind.CERTIFICATE: "Check the host name; if it is right, its administrator must renew the certificate.",
    FailureKind.INTERNAL: "Nothing to do on your side: the operator of mailhub finds the details in the log.",
    FailureKind.PROTOCOL: "Check host, port and encryption; if they are right, the server is broken: ask the provider.",
}

_ADVICE_BY_OPERATION = {
    (FailureKind.TRANSIENT, Operation.RESOLVE): "Check the spelling of the host name.",
    (FailureKind.TRANSIENT, Operation.CONNECT): "Check host and port; a firewall or an outage can also be the reason.",
    (
        FailureKind.TRANSIENT,
        Operation.SIGN_IN,
    ): "The server does not let us in at the moment: we try again by ourselves.",
    (FailureKind.PERMANENT, Operation.OPEN_FOLDER): "Check the name of the folder.",
    (FailureKind.PERMANENT, Operation.MAIL_FROM): "Check that this user may send with this sender address.",
    (FailureKind.PERMANENT, Operation.RCPT_TO): "Check the recipient's address.",
}
