"""What narrows a list, as it stands in the address of its page: so a list can be shared, and comes back as it was."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlencode


@dataclass(frozen=True, kw_only=True)
class InAddress:
    """Filters of a list, page by page."""

    # The row that the page begins behind.
    after: uuid.UUID | None = None

    @property
    def is_first_page(self) -> bool:
        return self.after is None

    @property
    def query(self) -> str:
        """What an address carries so that the list comes back as it was: "" or "?q=…"."""
        pairs = list(self.pairs())
        return f"?{urlencode(pairs)}" if pairs else ""

    def but(self, **changes: Any) -> Self:
        """Return these filters, from their first page, with some of them changed."""
        return replace(self, **{"after": None, **changes})

    def pairs(self) -> Iterable[tuple[str, str]]:
        """Yield names and values as the address has them."""
        yield from self.narrowing()
        if self.after is not None:
            yield "after", str(self.after)

    def narrowing(self) -> Iterable[tuple[str, str]]:
        """Yield them without the place where the page begins."""
        raise NotImplementedError
