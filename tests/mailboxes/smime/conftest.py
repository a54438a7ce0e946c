from pathlib import Path

import pytest

from tests.mailboxes.smime.authority import Holder, authority, person, rsa_key
from tests.mailboxes.smime.openssl import Openssl


@pytest.fixture
def openssl(tmp_path: Path) -> Openssl:
    return Openssl(tmp_path)


@pytest.fixture(scope="session")
def example_ca() -> Holder:
    """The authority that the account trusts."""
    return authority()


@pytest.fixture(scope="session")
def anna(example_ca: Holder) -> Holder:
    """The correspondent who signs."""
    return person(example_ca, "anna@example.com")


@pytest.fixture(scope="session")
def office(example_ca: Holder) -> Holder:
    """The address of ours that mail is encrypted for."""
    return person(example_ca, "office@harbor.example", name="Office", key=rsa_key(2))
