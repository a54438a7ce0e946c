"""`make run`: the whole of mailhub on this machine, from nothing to a page that answers."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from mailhub.demo import banner, installation, lock, ports
from mailhub.demo.children import Leash
from mailhub.demo.console import Console
from mailhub.demo.installation import PROJECT, Installation
from mailhub.demo.supervisor import StartError, StopRequestedError, Supervisor

_DEFAULT_PORT = 8000


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, run until somebody stops it, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    return launch(web_port=parser.parse_args(arguments).port, console=Console(sys.stdout))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command line."""
    parser.add_argument(
        "--port", type=int, default=int(os.environ.get("PORT") or _DEFAULT_PORT), help="web port (or PORT)"
    )


def launch(*, web_port: int, console: Console) -> int:
    """Start everything over the data directory (MAILHUB_DATA, else var/) and wait for the end; 0 after Ctrl-C."""
    data = Path(os.environ.get("MAILHUB_DATA") or PROJECT / "var").resolve()
    data.mkdir(parents=True, exist_ok=True)
    try:
        with lock.hold(data / "run.lock", address=installation.site_url(web_port)):
            if not ports.is_free(web_port):
                console.say(f"Port {web_port} is taken by another program. Try: PORT={web_port + 1} make run")
                return 1
            return _run(installation.prepare(data, web_port=web_port), console)
    except lock.AlreadyRunningError as error:
        console.say(f"{error} Another copy needs a data directory of its own: MAILHUB_DATA=… PORT=… make run")
        return 1


def _run(installed: Installation, console: Console) -> int:
    with Leash() as leash:
        supervisor = Supervisor(
            console=console, leash=leash, env=installed.env, cwd=PROJECT, log_directory=installed.data / "log"
        )
        _stop_on_signals(supervisor)
        try:
            _start_all(supervisor, installed, console)
            console.box(banner.welcome(installed))
            supervisor.watch()
        except StopRequestedError:
            return 0
        except StartError as error:
            console.say(f"{error}")
            return 1
        finally:
            console.say("Stopping …")
            supervisor.stop()
            console.say("Stopped.")
    return 0


def _stop_on_signals(supervisor: Supervisor) -> None:
    def request_stop(_number: int, _frame: FrameType | None) -> None:
        supervisor.request_stop()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, request_stop)


def _start_all(supervisor: Supervisor, installed: Installation, console: Console) -> None:
    console.say("Starting the broker and the mail world …")
    supervisor.start(*installation.foundations(installed))
    for step in installation.setup_steps():
        console.say(f"Running {step.name} …")
        supervisor.run_step(step)
    console.say("Starting the workers and the web server …")
    supervisor.start(*installation.services(installed))
