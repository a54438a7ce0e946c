"""Opening the password of a server."""

from mailhub.lib.crypto import SealBroken
from mailhub.lib.secret import Secret
from mailhub.tenancy.secrets import SealedSecret
from servers.failures import FailureKind, Operation, ServerFailure


def revealed(password: SealedSecret | None) -> Secret:
    """Open a stored password; raise ServerFailure in words for the mailbox when that is not possible."""
    try:
        if password is None:
            raise SealBroken("There is none.")
        return password.reveal()
    except SealBroken as error:
        raise ServerFailure(
            Operation.SIGN_IN,
            FailureKind.SIGN_IN_REFUSED,
            "The saved password cannot be opened, so it was not sent.",
            advice="Enter the password again.",
        ) from error
