import ssl

import pytest

from mailhub.lib.egress import EgressRefused, NameNotResolved
from mailhub.lib.secret import Secret
from servers.failures import FailureKind, Operation, ServerFailure, clean_words, failure_from


def test_words_become_one_printable_line() -> None:
    assert clean_words(b"two\r\nlines\x00\x1b[31m\xff\xe2\x80\xae end ") == "two lines [31m\ufffd end"


def test_words_are_capped() -> None:
    assert len(clean_words("x" * 10_000)) == 500


def test_words_are_masked_before_they_are_cut() -> None:
    words = clean_words("x" * 495 + "pw-CANARY", Secret("pw-CANARY"))

    assert words.endswith("x••••")


@pytest.mark.parametrize(
    ("error", "operation", "kind"),
    [
        (EgressRefused("h", "address", "h is inside"), Operation.CONNECT, FailureKind.EGRESS_REFUSED),
        (NameNotResolved("h", "Name not known"), Operation.RESOLVE, FailureKind.TRANSIENT),
        (TimeoutError(), Operation.CONNECT, FailureKind.TRANSIENT),
        (ConnectionRefusedError(111, "Connection refused"), Operation.CONNECT, FailureKind.TRANSIENT),
        (ssl.SSLCertVerificationError("expired"), Operation.TLS, FailureKind.CERTIFICATE),
    ],
)
def test_an_error_of_the_socket_is_a_failure_with_advice(
    error: OSError, operation: Operation, kind: FailureKind
) -> None:
    failure = failure_from(error, operation)

    assert (failure.operation, failure.kind) == (operation, kind)
    assert failure.words
    assert failure.advice


@pytest.mark.parametrize("kind", FailureKind)
@pytest.mark.parametrize("operation", Operation)
def test_every_failure_has_advice_in_one_sentence(operation: Operation, kind: FailureKind) -> None:
    assert ServerFailure(operation, kind, "words").advice.endswith(".")
