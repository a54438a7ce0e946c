import json
import logging
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError

from mailboxes.inspecting import inspect
from mailboxes.mime.limits import MAX_MESSAGE_BYTES
from mailboxes.parsing import Unreadable

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Say what mailhub makes of a message file: sender, text, attachments, what kind of mail it is. Stores nothing."
    )
    # It needs neither the database nor the rest of the installation.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="a message as it came over the wire (.eml)")
        parser.add_argument("--json", action="store_true", help="answer with one JSON object")
        parser.add_argument(
            "--stdin-paths",
            action="store_true",
            help="read one path a line on standard input, and answer with one JSON object a line, in order",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["stdin_paths"]:
            _answer_each_line(sys.stdin, sys.stdout)
            return
        if options["file"] is None:
            raise CommandError("Name a message file, or use --stdin-paths.")
        try:
            found = inspect(_raw(options["file"]))
        except (OSError, Unreadable) as reason:
            raise CommandError(f"{options['file']}: {reason}") from reason
        self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2) if options["json"] else _for_people(found))


def _answer_each_line(paths: TextIO, answers: TextIO) -> None:
    for line in paths:
        path = line.rstrip("\r\n")
        if path:
            answers.write(json.dumps(_answer(Path(path))) + "\n")
            answers.flush()


def _answer(path: Path) -> dict[str, Any]:
    """Return what is found, or why nothing is: one message never keeps the others back."""
    try:
        return inspect(_raw(path))
    except (OSError, Unreadable) as reason:
        return {"error": str(reason)}
    except Exception as error:
        log.exception("%s could not be inspected.", path)
        return {"error": f"{type(error).__name__}: {error}"}


def _raw(path: Path) -> bytes:
    with path.open("rb") as file:
        # One more than is read, so that what is too large is seen as such.
        return file.read(MAX_MESSAGE_BYTES + 1)


def _for_people(found: dict[str, Any]) -> str:
    lines = [
        f"From:        {_named([found['from']] if found['from'] else [])}",
        f"To:          {_named(found['to'])}",
        f"Cc:          {_named(found['cc'])}",
        f"Subject:     {found['subject']}",
        f"Date:        {found['date'] or '(none that can be read)'}",
        f"Message-ID:  {found['message_id']}",
        f"Kind:        {found['kind']} (rule: {found['rule']}{', ' + found['evidence'] if found['evidence'] else ''})",
    ]
    lines += [f"Bounced:     {_failure(one)}" for one in found["recipients"]]
    lines += [f"Attachment:  {one['name']} ({one['type']}, {one['size']} bytes)" for one in found["attachments"]]
    lines += [f"Back on:     {found['returns_on']}"] if found["returns_on"] else []
    lines += [f"Defects:     {', '.join(found['defects'])}"] if found["defects"] else []
    return "\n".join([*lines, "", found["reply_text"] or found["text"]])


def _named(people: list[dict[str, str]]) -> str:
    return ", ".join(f"{one['name']} <{one['address']}>".strip() for one in people)


def _failure(one: dict[str, Any]) -> str:
    lasting = {True: "permanent", False: "transient", None: "unknown"}[one["permanent"]]
    return f"{one['address']} {one['status']} {one['reason']}, {lasting}. {one['diagnostic']}".rstrip()
