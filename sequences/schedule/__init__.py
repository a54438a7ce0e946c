"""When the mail of a sequence leaves: hours of the week on the clock of a time zone, and delays (SPEC S3). Pure."""

from sequences.schedule.delays import next_due_at
from sequences.schedule.openings import Due, closes_at, next_open
from sequences.schedule.timetables import Timetable, timetable_of

__all__ = ["Due", "Timetable", "closes_at", "next_due_at", "next_open", "timetable_of"]
