"""A sequence in which too much bounces pauses itself, before servers take the account for a spammer."""

import uuid
from datetime import datetime, timedelta

from django.db.models import Count, Q

from sequences.models import Sequence, StepSend
from sequences.stopping.sequences import pause_sequence

WINDOW = timedelta(days=28)
FEWEST = 20
MOST_PERCENT = 2


def look(sequence_id: uuid.UUID, *, now: datetime) -> bool:
    """Pause the sequence if more than 2 % of at least 20 mails of the last 28 days bounced for good; True if so.

    What bounced before a person looked and went on (`shield_from`) is forgiven.
    """
    sequence = Sequence.objects.filter(pk=sequence_id, state=Sequence.State.ACTIVE).first()
    if sequence is None:
        return False
    since = max(now - WINDOW, sequence.shield_from or now - WINDOW)
    counted = StepSend.objects.filter(sequence=sequence, submitted_at__gte=since).aggregate(
        left=Count("pk", filter=Q(sent_at__isnull=False) | Q(bounced_at__isnull=False)),
        bounced=Count("pk", filter=Q(bounced_at__isnull=False)),
    )
    left, bounced = counted["left"], counted["bounced"]
    if left < FEWEST or bounced * 100 <= left * MOST_PERCENT:
        return False
    because = f"{bounced} of the last {left} mails bounced, more than {MOST_PERCENT} %: look at the addresses first."
    return pause_sequence(sequence, because=because, now=now)
