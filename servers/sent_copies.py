"""Which providers put what is sent through them into the Sent folder by themselves."""

from servers.models import IncomingServer, OutgoingServer

# Host names of the two sides of one provider: where mail is fetched, and where it is submitted.
_PROVIDERS: tuple[tuple[frozenset[str], frozenset[str]], ...] = (
    (
        frozenset({"imap.gmail.com", "imap.googlemail.com"}),
        frozenset({"smtp.gmail.com", "smtp.googlemail.com"}),
    ),
    (
        frozenset({"outlook.office365.com", "outlook.office.com", "imap-mail.outlook.com", "imap.outlook.com"}),
        frozenset({"smtp.office365.com", "smtp-mail.outlook.com", "outlook.office365.com"}),
    ),
)


def provider_keeps_copy(incoming: IncomingServer, outgoing: OutgoingServer) -> bool:
    """Tell whether what goes out through `outgoing` stands in the Sent folder of `incoming` without our doing."""
    if not outgoing.authenticate or incoming.username.casefold() != outgoing.username.casefold():
        return False  # It would stand in the folder of another account.
    fetched_from, submitted_to = incoming.host.lower(), outgoing.host.lower()
    return any(fetched_from in ours and submitted_to in theirs for ours, theirs in _PROVIDERS)
