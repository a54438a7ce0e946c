"""International bank account numbers (ISO 13616) and the codes of banks (ISO 9362)."""

from stdnum import bic, iban
from stdnum.exceptions import ValidationError as Malformed


def compact_iban(written: str) -> str:
    """Return an IBAN without its blanks; raises ValueError where a digit of it must be wrong."""
    try:
        return str(iban.validate(written))
    except Malformed as error:
        raise ValueError("This is no IBAN: look for a digit that is wrong or missing.") from error


def compact_bic(written: str) -> str:
    """Return a BIC as it is written; raises ValueError for what cannot be one."""
    try:
        return str(bic.validate(written))
    except Malformed as error:
        raise ValueError("This is no BIC: it has 8 or 11 letters and digits.") from error


def grouped(compact: str) -> str:
    """Return an IBAN in groups of four, as people read it."""
    return " ".join(compact[at : at + 4] for at in range(0, len(compact), 4))
