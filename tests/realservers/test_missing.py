"""A test whose server is missing says so by name."""

import pytest

from tests.realservers import missing


@pytest.fixture(autouse=True)
def _server_that_nobody_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(missing.SERVERS, "gopher", missing.Server(lambda: False, "gopher-server"))


def test_a_missing_server_skips_the_test_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(pytest.skip.Exception, match="gopher is missing: apt-get install gopher-server"):
        missing.require("gopher")


def test_a_missing_server_is_a_failure_in_continuous_integration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match="gopher is missing: apt-get install gopher-server"):
        missing.require("gopher")
