"""The loop that waits on all connections, at its end."""

from mailhub.lib.ids import new_id
from servers.watching.loop import IdleLoop, Loss


def test_an_order_that_comes_after_the_end_harms_nobody() -> None:
    lost: list[Loss] = []
    loop = IdleLoop(grown=lambda _server_id: None, lost=lost.append)
    loop.stop()
    loop.run()

    loop.leave([new_id()])
    loop.stop()

    assert (loop.connection_count, lost) == (0, [])
