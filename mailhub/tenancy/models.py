"""Tenants, their people, and the memberships that join them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils.module_loading import import_string

from mailhub.lib import crypto
from mailhub.lib.ids import new_id
from mailhub.tenancy.keyring import platform_keyring
from mailhub.tenancy.permissions import PERMISSIONS, ROLES_WITH_EVERY_MAILBOX, Permission, Role
from mailhub.tenancy.rows import TenantModel
from mailhub.tenancy.scope import tenant_scope
from mailhub.tenancy.standing import Standing


class TenantManager(models.Manager["Tenant"]):
    def create_tenant(self, name: str, *, time_zone: str = "UTC", is_platform: bool = False) -> Tenant:
        """Create a tenant with a data key of its own (SPEC T9), and with what settings.TENANT_CREATED adds to it."""
        tenant = Tenant(name=name, time_zone=time_zone, is_platform=is_platform)
        tenant.wrapped_key = platform_keyring().wrap(crypto.new_key(), place=tenant.key_place)
        with transaction.atomic():
            tenant.save(force_insert=True)
            with tenant_scope(tenant.pk):
                for add_to in map(import_string, settings.TENANT_CREATED):
                    add_to(tenant, now=tenant.created_at)
        return tenant

    def platform(self) -> Tenant:
        """Return the operator's own tenant; raises Tenant.DoesNotExist before `ensure_platform` was run."""
        return self.get(is_platform=True)


class Tenant(models.Model):
    """One customer: the *account* on the screens. Or, once, the platform itself."""

    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    name = models.CharField(max_length=120)
    is_platform = models.BooleanField(default=False, editable=False)
    # The data key, wrapped by the platform's key. Destroying it destroys every secret and every stored mail.
    wrapped_key = models.BinaryField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    # On whose clock its months and its days are counted (mailhub.tenancy.zones changes it).
    time_zone = models.CharField(max_length=64, default="UTC")
    standing = models.CharField(max_length=20, choices=Standing.choices, default=Standing.GOOD)
    standing_since = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager] = TenantManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_platform"], condition=models.Q(is_platform=True), name="tenant_one_platform"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def key_place(self) -> str:
        return f"tenant|{self.public_id}|data_key"

    @property
    def runs_sequences(self) -> bool:
        """Whether its sequences send, as far as it paid."""
        return Standing(self.standing).runs_sequences

    @property
    def may_change(self) -> bool:
        """Whether people and workers may change and send something here, other than to pay."""
        return Standing(self.standing).may_change


class DataKey(models.Model):
    """A further data key of a tenant, made by a rotation.

    The newest seals; the others, and `Tenant.wrapped_key` as the first of all, open what they once sealed.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="data_keys", db_index=False)
    key_id = models.CharField(max_length=40)
    wrapped_key = models.BinaryField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "key_id"], name="data_key_once")]

    def __str__(self) -> str:
        return f"{self.key_id} of {self.tenant_id}"

    @property
    def key_place(self) -> str:
        return f"{self.tenant.key_place}|{self.key_id}"


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a person; the address is kept in lower case, because one mailbox is one person."""
        user = User(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A person who signs in. What they may do follows from their memberships."""

    # Messages of forms and of password validation name the field in these words.
    email = models.EmailField("e-mail address", max_length=254, unique=True)
    name = models.CharField(max_length=120, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        return False


class Membership(models.Model):
    """A person belongs to a tenant, with a role."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.MEMBER)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.tenant}"

    def may(self, permission: Permission) -> bool:
        return permission in PERMISSIONS[Role(self.role)]

    @property
    def sees_every_mailbox(self) -> bool:
        return Role(self.role) in ROLES_WITH_EVERY_MAILBOX


class Invitation(TenantModel):
    """Somebody was asked by mail to join a tenant.

    The mail carries a random token; here is its SHA-256 only, so that nobody who reads the table can accept. Whoever
    shows the token has received the mail: the address counts as proven.
    """

    email = models.EmailField("e-mail address", max_length=254)
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.MEMBER)
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    created_at = models.DateTimeField(editable=False)
    expires_at = models.DateTimeField(editable=False)
    accepted_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "email"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="invitation_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.tenant}"

    def is_over(self, *, now: datetime) -> bool:
        """Whether its link opens nothing any more, although nobody accepted or revoked it."""
        return self.expires_at <= now
