"""Numbers of documents: one series for each issuer, without a gap."""

from billing.models import Issuer


def take_number(issuer_id: int) -> tuple[int, str]:
    """Take the next number of an issuer, and return it also as it is written.

    To be called last in a transaction: from here until its end nobody else gets a number of this issuer, and when the
    transaction fails, the number is free again. That is what keeps the series without a gap.
    """
    issuer = Issuer.objects.select_for_update().get(pk=issuer_id)
    number = issuer.last_number + 1
    Issuer.objects.filter(pk=issuer_id).update(last_number=number)
    return number, issuer.code_of(number)
