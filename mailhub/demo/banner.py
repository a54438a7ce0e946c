"""What a newcomer reads when everything runs."""

from mailhub.demo.installation import Installation
from mailhub.demo.world.people import CATCH_ALL_ADDRESS, find_account

OWNER_EMAIL = "owner@harbor.example"
OWNER_PASSWORD = "demo-harbor-2026"  # noqa: S105 - printed on the screen of everybody who starts the demonstration


def welcome(installation: Installation) -> list[str]:
    """Return the lines of the box."""
    catch_all = find_account(CATCH_ALL_ADDRESS)
    return [
        "mailhub is running.",
        "",
        f"    Open      {installation.address}",
        f"    Sign in   {OWNER_EMAIL}",
        f"    Password  {OWNER_PASSWORD}",
        "",
        "In the first two minutes:",
        "    Harbor Coffee Roasters has written to four customers; they answer within seconds,",
        "    their answers are fetched, matched, and stand in their conversations,",
        "    and strangers write to support@harbor.example.",
        "Write to any address you like: somebody answers, and nothing leaves this machine.",
        "",
        f"Mail to the outside, sign-up codes too: IMAP 127.0.0.1:{installation.ports['imap']} without TLS,",
        f"    user {CATCH_ALL_ADDRESS}, password {catch_all.password if catch_all else ''}",
        f"Logs and data: {installation.data}",
        "",
        "Ctrl-C stops everything. Starting again keeps the data.",
    ]
