"""Numbers of documents: one series for each issuer, without a gap."""

from django.db import connection

from billing.models import Issuer

# Both databases have it, and Django has no word for it; with two statements others would wait longer for theirs.
_TAKE = "UPDATE billing_issuer SET last_number = last_number + 1 WHERE id = %s RETURNING last_number, number_prefix"


def take_number(issuer_id: int) -> tuple[int, str]:
    """Take the next number of an issuer, and return it also as it is written. Raises Issuer.DoesNotExist.

    To be called last in a transaction: from here until its end nobody else gets a number of this issuer, and when the
    transaction fails, the number is free again. That is what keeps the series without a gap.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [issuer_id])
        row = cursor.fetchone()
    if row is None:
        raise Issuer.DoesNotExist(f"There is no issuer {issuer_id}.")
    number, prefix = row
    return number, Issuer(number_prefix=prefix).code_of(number)
