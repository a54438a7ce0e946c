"""What ends or holds up a contact's way through a sequence (SPEC S4)."""

from sequences.stopping.ending import end_away, pause, resume, stop
from sequences.stopping.sequences import pause_sequence

__all__ = ["end_away", "pause", "pause_sequence", "resume", "stop"]
