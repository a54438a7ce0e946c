"""The icon sprite has what templates and scripts use, and nothing else."""

from pathlib import Path

import pytest

from scripts import icons

SPRITE = (
    '<svg id="tabler-icons"><defs><symbol id="tabler-mail" viewBox="0 0 24 24"><path d="M0 0" /></symbol>'
    '<symbol id="tabler-mail-off" viewBox="0 0 24 24"><path d="M1 1" /></symbol></defs></svg>'
)


def test_icons_come_from_templates_and_from_the_list(tmp_path: Path) -> None:
    template = tmp_path / "templates" / "mailboxes" / "list.html"
    template.parent.mkdir(parents=True)
    template.write_text("""{% icon "mail" %} {% icon 'x' class="small" %} {% icon chosen_by_the_view %}""")
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "icons.txt").write_text("# chosen at run time\narrow-left\n\ninbox # of a menu\n")

    assert icons.used(tmp_path) == {"mail", "x", "arrow-left", "inbox"}


def test_the_sprite_is_cut_to_the_icons_in_use() -> None:
    cut = icons.cut(SPRITE, {"mail"})

    assert 'id="tabler-mail"' in cut
    assert "tabler-mail-off" not in cut


def test_an_unknown_icon_is_named() -> None:
    with pytest.raises(SystemExit, match="no icon named mial"):
        icons.cut(SPRITE, {"mail", "mial"})
