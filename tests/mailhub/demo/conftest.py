"""A mail world in a thread of its own, with a clock that tests move."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailhub.demo.world.server import WorldPorts, mail_world


class MovableClock:
    """Real time plus what a test added."""

    def __init__(self) -> None:
        self._offset = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def advance(self, seconds: float) -> None:
        self._offset += timedelta(seconds=seconds)


@contextmanager
def running_world(directory: Path, clock: MovableClock) -> Iterator[WorldPorts]:
    """Run the world in a thread until the block ends."""
    started: Future[tuple[WorldPorts, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def live() -> None:
        async with AsyncExitStack() as stack:
            ports = await stack.enter_async_context(mail_world(directory, WorldPorts(), clock=clock))
            stopped = asyncio.Event()
            started.set_result((ports, asyncio.get_running_loop(), stopped))
            await stopped.wait()

    thread = threading.Thread(target=lambda: asyncio.run(live()), daemon=True)
    thread.start()
    ports, loop, stopped = started.result(timeout=10)
    try:
        yield ports
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join(timeout=10)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def world(tmp_path: Path, clock: MovableClock) -> Iterator[WorldPorts]:
    with running_world(tmp_path, clock) as ports:
        yield ports
