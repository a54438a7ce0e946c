"""Where people are signed in, and when they were last here. Both belong to a person, not to a tenant."""

from django.db import models

from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Membership, User


class SignedInBrowser(models.Model):
    """A browser in which a person is signed in; it goes with its session."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="browsers")
    session_key = models.CharField(max_length=40, unique=True)
    user_agent = models.CharField(max_length=300)
    address = models.CharField("network address", max_length=45)
    started_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_agent} from {self.address}"


class Presence(models.Model):
    """When a person last did something in an account.

    A row of its own, so that what is written once a minute is not the membership that every request reads.
    """

    membership = models.OneToOneField(Membership, primary_key=True, on_delete=models.CASCADE, related_name="presence")
    last_active_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.membership_id} at {self.last_active_at}"
