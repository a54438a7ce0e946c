"""What a sign-in may send where nobody set a limit for any of its servers."""

# Below what all large providers let a mailbox of a person send.
DEFAULT_PER_DAY = 200
DEFAULT_PER_MINUTE = 10
