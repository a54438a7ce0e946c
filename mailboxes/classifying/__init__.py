"""What is a received mail (SPEC I3)? The rules are pure: they see the mail and nothing else."""

from mailboxes.classifying.kinds import Classification, FailedRecipient, Kind, Reason, Remedy

__all__ = ["Classification", "FailedRecipient", "Kind", "Reason", "Remedy"]
