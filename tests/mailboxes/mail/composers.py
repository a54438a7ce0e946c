"""The composer in a browser."""

from playwright.sync_api import FilePayload, Locator, Page, expect


def wait_for_editor(page: Page) -> None:
    """Wait until the editor took the place of the plain field."""
    expect(page.locator("#composer-form[data-is-ready]")).to_be_visible()


def editor_of(page: Page) -> Locator:
    return page.frame_locator(".tox-edit-area iframe").locator("body")


def recipients_in(page: Page, name: str = "To") -> Locator:
    """Return the field in which recipients are typed; those who are chosen are chips before it."""
    return page.get_by_role("combobox", name=name, exact=True)


def chips_in(page: Page, name: str = "To") -> Locator:
    return page.get_by_role("list", name=f"Chosen for {name}").locator("li")


def wait_until_saved(page: Page) -> None:
    expect(page.locator("[data-draft-note]")).to_contain_text("Saved")


def write(page: Page, *, to: str = "", body: str = "") -> None:
    """Type recipients and text, and wait until they are saved."""
    if to:
        recipients_in(page).fill(to)
        recipients_in(page).press("Enter")
    if body:
        editor_of(page).fill(body)
    with page.expect_response(lambda response: response.url.endswith("/drafts/save/")):
        pass
    wait_until_saved(page)


def send(page: Page) -> None:
    page.locator("#composer-send").click()


def choose(page: Page, *names: str, size: int = 2000) -> None:
    """Choose files as a person does, and wait until they are attached."""
    files: list[FilePayload] = [
        {"name": one, "mimeType": "application/pdf", "buffer": b"%PDF" * (size // 4)} for one in names
    ]
    page.set_input_files("#composer-form input[type=file]", files)
    for name in names:
        expect(page.locator("[data-files]").get_by_text(name)).to_be_visible()
