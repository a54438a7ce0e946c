"""What somebody wants to see of a report, as the address of the page says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms

from sequences.reporting.counting import Split
from sequences.reporting.measures import BY_KEY
from sequences.reporting.periods import Period, between, last_days, since

RANGES = {"7": "7 days", "30": "30 days", "90": "90 days", "all": "All"}
SPLITS = {Split.STEP: "Step", Split.VARIANT: "Text", Split.SERVER: "Outgoing server"}
_USUAL_RANGE = "30"
_CHOSEN = "days"


class WishForm(forms.Form):
    """A range or two days of one's own, the rows of the table, and what the lines are. Everything has a default."""

    range = forms.CharField(required=False)
    since = forms.DateField(required=False, label="From", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, label="To", widget=forms.DateInput(attrs={"type": "date"}))
    by = forms.CharField(required=False)
    lines = forms.CharField(required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, last = given.get("since"), given.get("until")
        if first and last and first > last:
            self.add_error("until", "This day comes before the first one.")
        return given


@dataclass(frozen=True)
class Wish:
    """What is shown."""

    # "7", "30", "90" or "all"; "days" for days of one's own.
    range: str
    period: Period
    split: Split
    # The key of the measure whose lines are the rows of the table; "" for a line of each measure.
    lines: str

    @property
    def days_query(self) -> str:
        """Return the same days of another report, from the question mark on."""
        return self.query(by="", lines="")

    def query(self, **changes: str) -> str:
        """Return the address of the same report with something changed, from the question mark on."""
        chosen = self.range == _CHOSEN and "range" not in changes
        days = {"since": str(self.period.first), "until": str(self.period.last)} if chosen else {"range": self.range}
        values = {**days, "by": self.split.value, "lines": self.lines, **changes}
        return f"?{urlencode({name: value for name, value in values.items() if value})}"


def wish_of(
    form: WishForm, *, began_at: datetime, now: datetime, zone: ZoneInfo, split: Split | None = None, lines: str = ""
) -> Wish:
    """Read a wish; what makes no sense is as if it had not been said, and the form says what is wrong.

    `began_at` is when there was something to count for the first time. `split` is the only one, if given; `lines` is
    what the lines are unless something else is wished for.
    """
    form.is_valid()
    given = form.cleaned_data
    first, last = given.get("since"), given.get("until")
    if (first or last) and not form.errors:
        today = now.astimezone(zone).date()
        last = last or today
        chosen, period = _CHOSEN, between(first or last, last, now=now, zone=zone)
    else:
        wanted = given.get("range", "")
        chosen = wanted if wanted in RANGES else _USUAL_RANGE
        period = since(began_at, now=now, zone=zone) if chosen == "all" else last_days(int(chosen), now=now, zone=zone)
    by, wanted_lines = given.get("by", ""), given.get("lines", "")
    return Wish(
        range=chosen,
        period=period,
        split=split or (Split(by) if by in SPLITS else Split.STEP),
        lines=wanted_lines if wanted_lines in BY_KEY else lines,
    )
