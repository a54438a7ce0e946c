"""The ledger as a list, newest first, page by page."""

import uuid
from dataclasses import dataclass

from billing.models import Activation, Subscription

PAGE_SIZE = 50


@dataclass(frozen=True)
class Page:
    """Some rows, and behind which one the next page begins (None on the last)."""

    rows: tuple[Activation, ...]
    next_before: uuid.UUID | None


def page_of(*, before: uuid.UUID | None, subscription: Subscription | None = None) -> Page:
    """Return one page of the ledger of the tenant in scope, or of one subscription, in one query.

    Ids are ordered by time.
    """
    wanted = Activation.objects.select_related("subscription").order_by("-id")
    if subscription is not None:
        wanted = wanted.filter(subscription=subscription)
    if before is not None:
        wanted = wanted.filter(pk__lt=before)
    found = list(wanted[: PAGE_SIZE + 1])
    rows = tuple(found[:PAGE_SIZE])
    return Page(rows, rows[-1].pk if len(found) > PAGE_SIZE else None)
