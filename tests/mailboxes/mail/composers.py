"""The composer in a browser."""

from playwright.sync_api import Page, expect


def wait_for_editor(page: Page) -> None:
    """Wait until the editor took the place of the plain field."""
    expect(page.locator("#composer-form[data-is-ready]")).to_be_visible(timeout=15_000)
