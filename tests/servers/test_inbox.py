from hypothesis import given
from hypothesis import strategies as st

from servers.inbox import Entry, windows


@given(st.lists(st.integers(0, 100)), st.integers(1, 5), st.integers(1, 100))
def test_windows_keep_order_and_limits(sizes: list[int], max_count: int, max_bytes: int) -> None:
    entries = [Entry(str(uid), size, uid=uid) for uid, size in enumerate(sizes, 1)]

    cut = list(windows(entries, max_count=max_count, max_bytes=max_bytes))

    assert [entry for window in cut for entry in window] == entries
    for window in cut:
        assert 1 <= len(window) <= max_count
        assert len(window) == 1 or sum(entry.size for entry in window) <= max_bytes
