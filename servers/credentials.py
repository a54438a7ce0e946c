"""Saves the OAuth sign-ins of servers, and forgets those that no server uses any more."""

from servers.models import IncomingServer, OAuthCredential, OutgoingServer


def save_credential_of(server: IncomingServer | OutgoingServer) -> None:
    """Save the OAuth sign-in of a server before the server itself is saved; several servers may share it."""
    credential = server.oauth
    if credential is None:
        return
    if credential._state.adding:
        credential.tenant_id = server.tenant_id
        credential.mailbox_id = server.mailbox_id
        credential.save(force_insert=True)
    elif credential.has_new_settings:
        credential.save()
    else:
        # Whoever presses "Save" wants to know at once.
        credential.ask_at_once()


def forget_unused_credentials(mailbox_id: object) -> None:
    """Delete the sign-ins of a mailbox that none of its servers uses any more, with their secrets."""
    OAuthCredential.objects.unused(mailbox_id).delete()
