"""Starting, restarting and stopping of parts, with small scripts instead of the real ones."""

import io
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailhub.demo.children import ChildSpec, Leash
from mailhub.demo.console import Console
from mailhub.demo.supervisor import StartError, StopRequestedError, Supervisor

# Writes its own and its child's process id, then sleeps; "stubborn" ignores SIGTERM in both.
FAMILY = """
import os, signal, subprocess, sys, time
if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
with open(sys.argv[1] + ".new", "w") as file:
    file.write(f"{os.getpid()} {child.pid}")
os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(60)
"""


def family(directory: Path, name: str, *options: str) -> ChildSpec:
    """Return a part that is ready once it has written its process ids to a file of its name."""
    pids = directory / name
    return ChildSpec(name, (sys.executable, "-c", FAMILY, str(pids), *options), is_ready=pids.exists)


def pids_of(directory: Path, name: str) -> list[int]:
    return [int(pid) for pid in (directory / name).read_text().split()]


def is_running(pid: int) -> bool:
    """Tell whether the process runs; a zombie whose parent has not looked yet does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(status.strip()) and not status.strip().startswith("Z")


def wait_until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def supervisor(tmp_path: Path, screen: io.StringIO) -> Iterator[Supervisor]:
    with Leash() as leash:
        running = Supervisor(
            console=Console(screen), leash=leash, env=dict(os.environ), cwd=tmp_path, log_directory=tmp_path / "log"
        )
        yield running
        running.stop()


def test_stop_leaves_no_process(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(family(tmp_path, "first"))
    supervisor.start(family(tmp_path, "second"), family(tmp_path, "third"))
    pids = [pid for name in ("first", "second", "third") for pid in pids_of(tmp_path, name)]
    were_running = all(map(is_running, pids))

    supervisor.stop()

    assert were_running
    assert wait_until(lambda: not any(map(is_running, pids)))


def test_stop_kills_what_ignores_sigterm(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(family(tmp_path, "first"))
    supervisor.start(family(tmp_path, "stubborn", "stubborn"))
    pids = pids_of(tmp_path, "first") + pids_of(tmp_path, "stubborn")

    before = time.monotonic()
    supervisor.stop(limit_seconds=1)
    duration = time.monotonic() - before

    assert wait_until(lambda: not any(map(is_running, pids)))
    assert duration < 5


def test_a_crashed_part_is_started_again_and_the_person_is_told(
    supervisor: Supervisor, tmp_path: Path, screen: io.StringIO
) -> None:
    supervisor.start(family(tmp_path, "part"))
    first_pid = pids_of(tmp_path, "part")[0]
    watching = threading.Thread(target=supervisor.watch)
    watching.start()

    os.kill(first_pid, signal.SIGKILL)
    came_back = wait_until(lambda: pids_of(tmp_path, "part")[0] != first_pid)
    supervisor.request_stop()
    watching.join(timeout=5)

    assert came_back
    assert "part ended unexpectedly (exit code -9)" in screen.getvalue()
    assert "Starting part again in 1 s (attempt 1 of 5)" in screen.getvalue()


def test_the_last_lines_of_a_crash_are_shown(supervisor: Supervisor, tmp_path: Path, screen: io.StringIO) -> None:
    step = ChildSpec("migrate", (sys.executable, "-c", "print('no such table'); raise SystemExit(3)"))

    with pytest.raises(StartError, match="migrate failed with exit code 3"):
        supervisor.run_step(step)

    assert "    no such table\n" in screen.getvalue()
    assert str(tmp_path / "log" / "migrate.log") in screen.getvalue()


def test_a_program_that_does_not_exist_is_a_start_error(supervisor: Supervisor) -> None:
    with pytest.raises(StartError, match="broker cannot be started"):
        supervisor.start(ChildSpec("broker", ("/nowhere/valkey-server",)))


def test_a_stop_during_the_start_ends_the_start(supervisor: Supervisor) -> None:
    never_ready = ChildSpec("slow", (sys.executable, "-c", "import time; time.sleep(60)"), is_ready=lambda: False)
    supervisor.request_stop()

    with pytest.raises(StopRequestedError):
        supervisor.start(never_ready)


def test_a_supervisor_that_is_killed_leaves_no_process(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import os, sys
        from pathlib import Path
        from mailhub.demo.children import Leash
        from mailhub.demo.console import Console
        from mailhub.demo.supervisor import Supervisor
        from tests.mailhub.demo.test_supervisor import family

        directory = Path(sys.argv[1])
        with Leash() as leash:
            supervisor = Supervisor(
                console=Console(sys.stdout), leash=leash, env=dict(os.environ), cwd=directory, log_directory=directory
            )
            supervisor.start(family(directory, "part"))
            print("started", flush=True)
            supervisor.watch()
        """
    )
    project = Path(__file__).resolve().parents[3]
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], cwd=project, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    started = process.stdout.readline()
    pids = pids_of(tmp_path, "part")

    process.kill()
    process.wait()
    process.stdout.close()

    assert started == "started\n"
    assert wait_until(lambda: not any(map(is_running, pids)))
