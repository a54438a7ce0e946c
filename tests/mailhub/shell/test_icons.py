"""Every icon that a page may draw is in the sprite."""

import re
from pathlib import Path

from django.test import Client
from pytest_django import Settings

from mailhub.shell.states import STATE_ICONS
from scripts import icons

ROOT = Path(__file__).resolve().parents[3]


def test_icons_of_states_are_in_the_sprite() -> None:
    assert set(STATE_ICONS.values()) <= icons.used(ROOT)


def test_icons_of_the_style_guide_are_in_the_sprite(client: Client, settings: Settings) -> None:
    settings.DEBUG = True

    page = client.get("/styleguide/").content.decode()

    assert set(re.findall(r"#tabler-([a-z0-9-]+)", page)) <= icons.used(ROOT)


def test_icons_handed_to_included_parts_are_in_the_sprite() -> None:
    handed_over = re.compile(r'{%\s*include [^%]*\bicon="([a-z0-9-]+)"')
    templates = "\n".join(path.read_text() for path in sorted((ROOT / "templates").rglob("*.html")))

    assert set(handed_over.findall(templates)) <= icons.used(ROOT)
