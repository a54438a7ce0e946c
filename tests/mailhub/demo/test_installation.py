"""What a demonstration installation keeps from start to start: keys, ports, the lock, and its environment."""

import base64
import io
import os
import socket
import stat
from pathlib import Path

import pytest

from mailhub.demo import installation, keys, lock, ports
from mailhub.demo.console import Console
from mailhub.demo.launch import launch


def listening_socket() -> socket.socket:
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen()
    return server


def test_keys_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"

    first = keys.load_or_create(path)
    second = keys.load_or_create(path)

    key_id, _, key = first.mailhub_keys.partition(":")
    assert second == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert key_id == "demo"
    assert len(base64.b64decode(key)) == 32


def test_ports_are_kept(tmp_path: Path) -> None:
    first = ports.keep(tmp_path / "ports.json", ("valkey", "imap"))
    second = ports.keep(tmp_path / "ports.json", ("valkey", "imap"))

    assert second == first
    assert len(set(first.values())) == 2


def test_a_kept_port_that_is_taken_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "ports.json"
    with listening_socket() as server:
        taken = server.getsockname()[1]
        path.write_text(f'{{"valkey": {taken}, "imap": 29999}}')

        kept = ports.keep(path, ("valkey", "imap"))

    assert kept["valkey"] != taken
    assert f'"valkey": {kept["valkey"]}' in path.read_text()


def test_a_second_start_on_the_same_data_says_where_the_first_one_is(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"

    with (
        lock.hold(path, address="http://127.0.0.1:8000"),
        pytest.raises(lock.AlreadyRunningError) as refusal,
        lock.hold(path, address="http://127.0.0.1:8001"),
    ):
        pass
    with lock.hold(path, address="http://127.0.0.1:8001"):
        pass

    assert str(refusal.value) == f"mailhub is running already at http://127.0.0.1:8000 (process {os.getpid()})."


def test_a_taken_web_port_is_refused_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILHUB_DATA", str(tmp_path))
    screen = io.StringIO()

    with listening_socket() as server:
        taken = server.getsockname()[1]
        code = launch(web_port=taken, console=Console(screen))

    assert code == 1
    assert f"PORT={taken + 1} make run" in screen.getvalue()


def test_the_environment_opens_exactly_the_mail_world(tmp_path: Path) -> None:
    installed = installation.prepare(tmp_path, web_port=8000, environ={})

    env, kept = installed.env, installed.ports
    assert env["EGRESS_ALLOW"] == ",".join(f"127.0.0.1:{kept[name]}" for name in ("imap", "pop3", "smtp"))
    assert env["DATABASE_URL"] == f"sqlite:///{tmp_path}/db.sqlite3"
    assert env["BROKER_URL"] == f"redis://127.0.0.1:{kept['valkey']}/0"
    assert env["PLATFORM_SMTP_URL"].endswith(f"@127.0.0.1:{kept['smtp']}")
    assert env["SITE_URL"] == "http://127.0.0.1:8000"


def test_what_the_person_set_for_the_big_parts_stays(tmp_path: Path) -> None:
    environ = {"DATABASE_URL": "postgres:///mailhub", "BROKER_URL": "redis://broker.example/0", "SECRET_KEY": "old"}

    installed = installation.prepare(tmp_path, web_port=8000, environ=environ)

    assert installed.env["DATABASE_URL"] == "postgres:///mailhub"
    assert installed.env["BROKER_URL"] == "redis://broker.example/0"
    assert installed.env["SECRET_KEY"] != "old"
    assert [part.name for part in installation.foundations(installed)] == ["mail world"]


def test_pages_are_those_of_production_unless_a_developer_says_otherwise(tmp_path: Path) -> None:
    usual = installation.prepare(tmp_path, web_port=8000, environ={})
    developing = installation.prepare(tmp_path, web_port=8000, environ={"DEBUG": "true"})

    assert (usual.env["DEBUG"], usual.env["MAILHUB_DEMO"]) == ("false", "1")
    assert developing.env["DEBUG"] == "true"
