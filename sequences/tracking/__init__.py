"""Who opened and who clicked, where an account asks for it. No rule looks at it, and people are told from programs."""

from sequences.tracking.marking import tracked

__all__ = ["tracked"]
