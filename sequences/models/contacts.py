"""People whom an account writes to (SPEC S5).

Whether an address may be written to is not kept here: that is its standing (mailboxes.models.AddressStanding), which
all mail obeys.
"""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower

from mailhub.tenancy.models import Membership
from mailhub.tenancy.rows import TenantModel


class Contact(TenantModel):
    """A person with one address that is written to, and fields that templates may show."""

    # Normalised; `written_address` is how it was given.
    address = models.CharField(max_length=320)
    written_address = models.CharField("e-mail address", max_length=320)
    # The domain of `address`: its company, but for the large providers of mail for everybody.
    domain = models.CharField(max_length=255)
    first_name = models.CharField(max_length=120, blank=True)
    last_name = models.CharField(max_length=120, blank=True)
    company = models.CharField(max_length=160, blank=True)
    job_title = models.CharField(max_length=160, blank=True)
    phone = models.CharField(max_length=60, blank=True)
    # Empty where nobody knows: then the account's counts.
    time_zone = models.CharField(max_length=64, blank=True)
    # What lists are ordered and compared by. Columns, as row-level security lets PostgreSQL enter no index by what a
    # function such as lower() gives.
    first_folded = models.GeneratedField(
        expression=Lower("first_name"), output_field=models.CharField(max_length=120), db_persist=True
    )
    last_folded = models.GeneratedField(
        expression=Lower("last_name"), output_field=models.CharField(max_length=120), db_persist=True
    )
    company_folded = models.GeneratedField(
        expression=Lower("company"), output_field=models.CharField(max_length=160), db_persist=True
    )
    # Values of the account's own fields, as text, by the key of the field.
    custom = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(editable=False)
    changed_at = models.DateTimeField(editable=False)
    created_by = models.ForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "address"], name="contact_address_once")]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="contact_newest"),
            models.Index(fields=["tenant", "last_folded", "first_folded", "id"], name="contact_by_folded_name"),
            models.Index(fields=["tenant", "domain"], name="contact_domain"),
            models.Index(fields=["tenant", "company_folded", "id"], name="contact_by_company"),
        ]

    def __str__(self) -> str:
        return self.full_name or self.written_address

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class OtherAddress(TenantModel):
    """A further address of a contact, from a merge: who imports it again means the same person."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="other_addresses")
    # Normalised.
    address = models.CharField(max_length=320)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "address"], name="other_address_once")]

    def __str__(self) -> str:
        return self.address


class ContactField(TenantModel):
    """A field of the account's own, shown with each contact and in templates as `{{ key }}`."""

    class Kind(models.TextChoices):
        TEXT = "text", "Text"
        NUMBER = "number", "Number"
        DATE = "date", "Date"

    key = models.CharField(max_length=40)
    label = models.CharField(max_length=60)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.TEXT)
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["position", "key"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "key"],
                name="contact_field_once",
                violation_error_message="Another field of this account has this key.",
            )
        ]

    def __str__(self) -> str:
        return self.label


class ContactList(TenantModel):
    """Contacts under a name."""

    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(editable=False)
    created_by = models.ForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "name"],
                name="contact_list_name_once",
                violation_error_message="Another list of this account has this name.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class ListEntry(TenantModel):
    """A contact stands on a list."""

    list = models.ForeignKey(ContactList, on_delete=models.CASCADE, related_name="entries", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="list_entries")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list", "contact"], name="list_entry_once")]

    def __str__(self) -> str:
        return f"{self.contact_id} on {self.list_id}"


class ContactChange(TenantModel):
    """What happened to a contact: the history that people see, beside that of its address."""

    class Kind(models.TextChoices):
        CREATED = "created", "Created"
        CHANGED = "changed", "Changed"
        IMPORTED = "imported", "Imported"
        MERGED = "merged", "Merged"

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="changes", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    words = models.CharField(max_length=600, blank=True)
    membership = models.ForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["contact", "-at"], name="contact_change_newest")]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at}"
