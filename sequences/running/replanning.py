"""Asks for the due times of sequences to be moved, after their steps or their hours were changed.

A bell that is lost costs nothing but punctuality, so no sweep looks for it. Before each mail the hours, the step and
the limits are asked about as they are then (sequences.running.obstacles), so nothing leaves outside the new hours, and
no text that was taken out; it merely leaves at the time that was planned before, later than it could. Whoever stands at
no step is found by the sweep (sequences.running.following). Saving once more rings once more.
"""

from sequences.models import Sequence
from sequences.running import tasks


def ask(sequence: Sequence) -> None:
    """Have everybody who waits in a sequence placed anew, once what is being changed is committed."""
    tasks.replan.ring(sequence.tenant_id, sequence.pk)


def ask_all() -> None:
    """Likewise for each sequence of the open scope that is not put away: something of the account was changed."""
    rows = Sequence.objects.exclude(state=Sequence.State.ARCHIVED).only("pk", "tenant_id")
    for sequence in rows.order_by("pk"):
        ask(sequence)
