"""What may stand in a template, by who writes with it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """What may stand in a template: its name, what it gives, and what the preview shows where there is no mail yet."""

    name: str
    meaning: str
    sample: str


# What automatic mail may say. Nothing that the visitor wrote is among it, not even a name: whoever forges a sender
# would have us carry his words to a stranger (SECURITY B086).
AUTOMATIC_FIELDS = (
    Field("mailbox_name", "The name of the mailbox", "Support"),
    Field("mailbox_address", "The address that the answer comes from", "support@example.com"),
    Field("company_name", "The name of your account", "Example Ltd"),
    Field("date", "The day on which the mail came in (UTC)", "4 May 2026"),
)

# What a person's letter may say, too: a person reads it before it leaves.
PERSONAL_FIELDS = (
    Field("contact_first_name", "The first name of whom you write to", "Nina"),
    Field("contact_name", "The name of whom you write to", "Nina Berg"),
    Field("contact_address", "The e-mail address of whom you write to", "nina@customer.example"),
    Field("subject", "The subject of the conversation", "Quote for 40 seats"),
    Field("my_name", "Your name", "Anna Lund"),
    Field("my_address", "The e-mail address that you sign in with", "anna@example.com"),
)
LETTER_FIELDS = (*PERSONAL_FIELDS, *AUTOMATIC_FIELDS)

# What a signature may say: what does not change from letter to letter.
SIGNATURE_FIELDS = (
    Field("my_name", "The name of the person who writes; empty in automatic mail", "Anna Lund"),
    Field("mailbox_name", "The name of the mailbox", "Support"),
    Field("mailbox_address", "The address that the mail comes from", "support@example.com"),
    Field("company_name", "The name of your account", "Example Ltd"),
)
