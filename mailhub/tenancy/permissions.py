"""Roles and what each may do: the one table. A view declares a permission; undeclared means denied."""

from django.db import models


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    ADMINISTRATOR = "administrator", "Administrator"
    MEMBER = "member", "Member"


class Permission(models.TextChoices):
    """What a view may ask for. Mailbox permission (which mail a person sees) is a second scope on top of these."""

    SIGNED_IN = "signed_in", "Be a person of the account"
    READ_MAIL = "read_mail", "Read the mail of one's mailboxes"
    SEND_MAIL = "send_mail", "Send and answer mail from one's mailboxes"
    USE_SEQUENCES = "use_sequences", "Keep contacts, and run sequences through one's mailboxes"
    SEE_MAILBOXES = "see_mailboxes", "See the set-up of one's mailboxes"
    MANAGE_MAILBOXES = "manage_mailboxes", "Add, change and delete mailboxes and servers"
    MANAGE_ACCOUNT = "manage_account", "Change the account"
    MANAGE_PEOPLE = "manage_people", "Invite people, and change what they may do"
    MANAGE_BILLING = "manage_billing", "Change plans and subscriptions"


_MEMBER = frozenset(
    {
        Permission.SIGNED_IN,
        Permission.READ_MAIL,
        Permission.SEND_MAIL,
        Permission.USE_SEQUENCES,
        Permission.SEE_MAILBOXES,
    }
)
_ADMINISTRATOR = _MEMBER | {Permission.MANAGE_MAILBOXES, Permission.MANAGE_ACCOUNT, Permission.MANAGE_PEOPLE}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.MEMBER: _MEMBER,
    Role.ADMINISTRATOR: _ADMINISTRATOR,
    Role.OWNER: _ADMINISTRATOR | {Permission.MANAGE_BILLING},
}

# Roles that see every mailbox and cannot be excluded from one (SPEC T2).
ROLES_WITH_EVERY_MAILBOX = frozenset({Role.OWNER, Role.ADMINISTRATOR})
