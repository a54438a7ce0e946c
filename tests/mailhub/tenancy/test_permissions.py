"""The table of roles and permissions, written down a second time: a change has to be meant."""

import pytest

from mailhub.tenancy.permissions import PERMISSIONS, Permission, Role

EXPECTED = {
    Permission.SIGNED_IN: {Role.OWNER, Role.ADMINISTRATOR, Role.MEMBER},
    Permission.READ_MAIL: {Role.OWNER, Role.ADMINISTRATOR, Role.MEMBER},
    Permission.SEND_MAIL: {Role.OWNER, Role.ADMINISTRATOR, Role.MEMBER},
    Permission.USE_SEQUENCES: {Role.OWNER, Role.ADMINISTRATOR, Role.MEMBER},
    Permission.SEE_MAILBOXES: {Role.OWNER, Role.ADMINISTRATOR, Role.MEMBER},
    Permission.MANAGE_MAILBOXES: {Role.OWNER, Role.ADMINISTRATOR},
    Permission.MANAGE_BILLING: {Role.OWNER},
    Permission.MANAGE_ACCOUNT: {Role.OWNER, Role.ADMINISTRATOR},
    Permission.MANAGE_PEOPLE: {Role.OWNER, Role.ADMINISTRATOR},
}


@pytest.mark.parametrize("permission", Permission)
def test_roles_hold_what_the_table_says(permission: Permission) -> None:
    holders = {role for role in Role if permission in PERMISSIONS[role]}

    assert holders == EXPECTED[permission]
