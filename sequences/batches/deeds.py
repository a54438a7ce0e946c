"""What a person does with several contacts of a sequence."""

import uuid
from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from mailhub.tenancy.models import Membership
from sequences.enrolling import ServerRefused
from sequences.models import Enrollment, EnrollmentBatch
from sequences.moving import move
from sequences.stopping import ending
from servers.models import OutgoingServer

_Deed = EnrollmentBatch.Deed


def do(
    deed: EnrollmentBatch.Deed,
    enrollment_ids: Collection[uuid.UUID],
    *,
    to: OutgoingServer | None = None,
    by: Membership,
    now: datetime,
) -> int:
    """Do it with these, as far as it concerns them; return how many it did. Moving needs `to`.

    Who stopped or finished stays so, who pauses is not paused again. Raises ServerRefused.
    """
    rows: QuerySet[Enrollment] = Enrollment.objects.filter(pk__in=enrollment_ids)
    match deed:
        case _Deed.STOP:
            return len(ending.stop(rows, Enrollment.Cause.PERSON, by=by, now=now))
        case _Deed.PAUSE:
            return len(ending.pause(rows, by=by, now=now))
        case _Deed.RESUME:
            return len(ending.resume(rows, by=by, now=now))
        case _Deed.MOVE:
            if to is None:
                raise ServerRefused("The outgoing server was deleted.")
            return move(rows, to, by=by, now=now)
        case _:
            raise ValueError(f"Nothing is done so with contacts that are there: {deed}.")
