"""How an account stands with the operator: what goes on when it owes money (SPEC B5).

Nothing is deleted and mail is fetched at every step, so that nothing is lost to whoever pays late.
"""

from django.db import models


class Standing(models.TextChoices):
    """Each step takes something more away."""

    GOOD = "good", "In good standing"
    OVERDUE = "overdue", "Something is overdue"
    SEQUENCES_STOPPED = "sequences_stopped", "Sequences stand still"
    READ_ONLY = "read_only", "Read-only"

    @property
    def runs_sequences(self) -> bool:
        return self in RUNS_SEQUENCES

    @property
    def may_change(self) -> bool:
        """Whether people and workers may change and send, other than to pay."""
        return self is not Standing.READ_ONLY


# For queries too: a sequence of any other account is not even looked at.
RUNS_SEQUENCES = (Standing.GOOD, Standing.OVERDUE)
