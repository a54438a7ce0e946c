"""Says what opening S/MIME gave (SPEC M18); the mail was opened before, while no transaction was open."""

from functools import partial

from mailboxes import certificates
from mailboxes.models import Message
from mailboxes.receiving.received import Next, Received
from mailboxes.smime.states import ENCRYPTED_SNIPPET, EncryptionState, SmimeResult
from mailboxes.smime.words import lines


def open_smime(received: Received) -> Next:
    """Keep what is known about signature and encryption, and the certificate of who signed."""
    opened, message = received.opened, received.message
    result = opened.result
    message.smime = result.as_json()
    for line in lines(result):
        received.note("open_smime", f"{line.words}. {line.reason}".strip())
    conceal(message, result)
    if opened.certificate and certificates.is_worth_keeping(result) and not received.is_written_by_us:
        remember = partial(certificates.remember_correspondent, message.tenant_id, opened.certificate, result)
        received.writes.do(partial(remember, capabilities=opened.capabilities, now=received.now))
    return Next.CONTINUE


def conceal(message: Message, result: SmimeResult) -> None:
    """Keep the text of a mail that came encrypted out of the lists."""
    if result.encryption not in (EncryptionState.NONE, EncryptionState.PARTIAL):
        message.snippet = ENCRYPTED_SNIPPET
