"""Which folder is Junk, and which is Sent."""

import pytest

from servers.inbox import ListedFolder
from servers.models import FolderRole
from servers.special_folders import find_folder, name_of_new_sent


def folder(name: str, *attributes: str, delimiter: str = "/") -> ListedFolder:
    return ListedFolder(name, frozenset(attributes), delimiter)


def test_the_folder_that_the_server_names_wins_over_a_usual_name() -> None:
    listed = [folder("Sent"), folder("Archive/2026", "\\sent")]

    assert find_folder(FolderRole.SENT, listed) == "Archive/2026"


@pytest.mark.parametrize(
    ("name", "delimiter"),
    [
        ("Sent Items", "/"),
        ("INBOX.Sent", "."),
        ("[Gmail]/Sent Mail", "/"),
        ("GESENDETE ELEMENTE", "/"),
        ("Envoye\u0301s", "/"),
        ("Inviata", ""),
        ("已发送", "/"),
    ],
)
def test_sent_is_found_by_its_usual_names(name: str, delimiter: str) -> None:
    listed = [
        folder("INBOX", delimiter=delimiter),
        folder("Work", delimiter=delimiter),
        folder(name, delimiter=delimiter),
    ]

    assert find_folder(FolderRole.SENT, listed) == name


@pytest.mark.parametrize("name", ["Junk-E-Mail", "Spam", "Bulk Mail", "Courrier indésirable", "Skräppost"])
def test_junk_is_found_by_its_usual_names(name: str) -> None:
    assert find_folder(FolderRole.JUNK, [folder("INBOX"), folder(name)]) == name


@pytest.mark.parametrize(
    "listed",
    [
        folder("INBOX", "\\sent"),
        folder("Sent", "\\noselect"),
        folder("Sent", "\\nonexistent"),
        folder("Projects/Acme/Sent"),
        folder("Sent\r\nA1 DELETE INBOX", "\\sent"),
        folder("S" * 300, "\\sent"),
    ],
    ids=["inbox", "cannot be opened", "not there", "deep below", "control characters", "endless name"],
)
def test_what_cannot_be_read_or_is_none_is_not_taken_for_sent(listed: ListedFolder) -> None:
    assert find_folder(FolderRole.SENT, [listed]) is None


def test_of_two_folders_with_one_name_the_one_at_the_top_is_taken() -> None:
    assert find_folder(FolderRole.SENT, [folder("INBOX/Sent"), folder("Sent")]) == "Sent"


def test_a_new_sent_folder_is_created_where_the_others_are() -> None:
    assert name_of_new_sent([folder("INBOX"), folder("INBOX.Drafts", delimiter=".")]) == "INBOX.Sent"
    assert name_of_new_sent([folder("INBOX"), folder("Drafts")]) == "Sent"
    assert name_of_new_sent([folder("INBOX")]) == "Sent"
