"""How many connection tests a person may start (SECURITY B016): each is a connection to a host of their choice."""

from django.core.cache import cache

TESTS_PER_MINUTE = 10
WINDOW_SECONDS = 60


def admit_test(person_id: int) -> bool:
    """Count one test; False when this person has started enough of them within the minute."""
    key = f"connection-tests:{person_id}"
    # The window begins with the first test and does not move with the later ones.
    if cache.add(key, 1, timeout=WINDOW_SECONDS):
        return True
    try:
        return cache.incr(key) <= TESTS_PER_MINUTE
    except ValueError:
        # The minute ended between the two calls.
        return cache.add(key, 1, timeout=WINDOW_SECONDS)
