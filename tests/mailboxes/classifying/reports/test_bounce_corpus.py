"""Reports of every server that is known: who failed, for good or for now, why, and which mail it was about."""

import json
from pathlib import Path
from typing import Any

import pytest

from mailboxes.classifying import reports
from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification, Kind
from mailboxes.classifying.reports.known_notice import OPENINGS
from mailboxes.classifying.table import classify
from mailboxes.parsing import parse

CORPUS = Path(__file__).parents[3] / "corpus" / "bounces"
CASES = sorted(CORPUS.glob("*.eml"))
ORDINARY = [path for path in CASES if path.stem.startswith("not_")]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_report_is_read_as_expected(path: Path) -> None:
    found = _report(path.read_bytes())

    assert _as_json(found) == _expected(path)


@pytest.mark.parametrize("path", [path for path in CASES if path not in ORDINARY], ids=lambda path: path.stem)
def test_no_other_rule_takes_a_report_away(path: Path) -> None:
    raw = path.read_bytes()

    found = classify(raw, parse(raw))

    assert found.kind == _expected(path)["kind"]


@pytest.mark.parametrize("path", ORDINARY, ids=lambda path: path.stem)
def test_ordinary_mail_is_no_report(path: Path) -> None:
    raw = path.read_bytes()

    found = classify(raw, parse(raw))

    assert found.kind not in (Kind.BOUNCE, Kind.DELAYED)


@pytest.mark.parametrize("line_break", [b"\r\n", b"\r"], ids=["CRLF", "CR"])
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_line_breaks_do_not_matter(path: Path, line_break: bytes) -> None:
    raw = path.read_bytes().replace(b"\n", line_break)

    assert _as_json(_report(raw)) == _expected(path)


def test_every_rule_and_every_opening_has_a_case() -> None:
    known = {rule.__name__ for rule in (*reports.STANDARD_RULES, *reports.TEXT_RULES)} - {"known_notice"} | set(
        OPENINGS
    )

    met = {found.rule for path in CASES if (found := _report(path.read_bytes())) is not None}

    assert known <= met


def _report(raw: bytes) -> Classification | None:
    inspected = Inspected(raw, parse(raw))
    verdicts = (rule(inspected) for rule in (*reports.STANDARD_RULES, *reports.TEXT_RULES))
    return next((found for found in verdicts if found is not None), None)


def _expected(path: Path) -> dict[str, Any]:
    expected: dict[str, Any] = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return expected


def _as_json(found: Classification | None) -> dict[str, Any]:
    if found is None:
        return {"kind": None}
    return {
        "kind": found.kind,
        "recipients": [
            {
                "address": one.address,
                "status": one.status,
                "is_permanent": one.is_permanent,
                "reason": one.reason,
                "original_address": one.original_address,
            }
            for one in found.recipients
        ],
        "original_message_id": found.original_message_id,
    }
