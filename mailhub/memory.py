"""What a process that answers requests keeps for as long as it lives."""

import gc

from django.urls import get_resolver


def settle() -> None:
    """Load what every request needs, and hide it from the garbage collector: call it once, before the first request.

    Code, models and routes are some 200,000 objects that never go away. Looking through them takes a tenth of a
    second, in the middle of a page, and finds nothing.
    """
    # The routes bring the views with them, and so nearly all of the code.
    get_resolver().url_patterns  # noqa: B018 (loading is its effect)
    gc.collect()
    gc.freeze()
