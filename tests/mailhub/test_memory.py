"""What a process keeps for as long as it lives."""

import gc

from mailhub import memory


def test_what_every_request_needs_is_not_looked_through_again() -> None:
    try:
        memory.settle()

        assert gc.get_freeze_count() > 50_000
        assert len(gc.get_objects()) < gc.get_freeze_count()
    finally:
        gc.unfreeze()
