"""What sequences do when their account stands otherwise than before with its invoices (settings.STANDING_CHANGED).

While one is long overdue nothing is claimed and nothing written down (sequences.running.claiming): every contact keeps
its place and its due time. Once it is paid, what is due leaves with the next tick.
"""

from datetime import datetime

from mailhub.tenancy.models import Tenant
from mailhub.tenancy.standing import Standing
from sequences.running import replanning


def follow_standing(tenant: Tenant, *, before: Standing, now: datetime) -> None:
    """Let sequences that stood still go on: what became due meanwhile is drawn apart, instead of leaving in a heap."""
    if tenant.runs_sequences and not before.runs_sequences:
        replanning.ask_all()
