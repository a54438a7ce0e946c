"""What a person types into the forms."""

SECRET = "pw-CANARY-9f2c"  # Looked for in every answer.


def incoming(**changes: str) -> dict[str, str]:
    """Return the fields of an incoming server, POP3 as a new form proposes it."""
    fields = {
        "protocol": "pop3",
        "host": "pop.example.com",
        "port": "110",
        "security": "none",
        "username": "support@example.com",
        "password": SECRET,
        "on_server": "remove",
        **changes,
    }
    return {f"incoming-{name}": value for name, value in fields.items()}


def outgoing(**changes: str) -> dict[str, str]:
    """Return the fields of an outgoing server that signs in."""
    fields = {
        "from_address": "support@example.com",
        "display_name": "Support",
        "host": "smtp.example.com",
        "port": "587",
        "security": "starttls",
        "authenticate": "on",
        "username": "support@example.com",
        "password": SECRET,
        **changes,
    }
    return {f"outgoing-{name}": value for name, value in fields.items()}


def mailbox(**changes: str) -> dict[str, str]:
    """Return the fields of a mailbox that receives and sends."""
    return {
        "name": "Helpdesk",
        "address": "support@example.com",
        "kind": "service",
        "is_active": "on",
        "receives": "on",
        "sends": "on",
        **changes,
    }
