"""What of billing needs the operator today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from billing.admin.invoices import sums
from billing.models import BillingProfile, Invoice, Issuer, Payment, Subscription, TaxRate
from billing.reckoning.tax import EU
from mailhub import clock
from mailhub.operator.site import Concern, site

# A bank may take this long over a payment; the mail of a document, not an hour.
_PAYMENT_TAKES = timedelta(days=3)
_POSTING_TAKES = timedelta(hours=1)


def concerns() -> list[Concern]:
    """Return what needs the operator, in sentences; in a fixed number of queries."""
    now = clock.now()
    return [*_of_money(now), *_of_closings(), *_of_papers()]


def _of_money(now: datetime) -> Iterator[Concern]:
    for one in sums():
        if one["overdue"].minor:
            yield Concern(f"{one['overdue']} is overdue.", "admin:billing_invoice_changelist", "?due=overdue", True)
        elif one["open"].minor:
            yield Concern(
                f"{one['open']} is open, none of it overdue.", "admin:billing_invoice_changelist", "?due=open"
            )
    slow = Payment.objects.under_way().filter(created_at__lt=now - _PAYMENT_TAKES).count()
    if slow:
        words = f"{_counted(slow, 'payment is', 'payments are')} under way for more than three days."
        yield Concern(words, "admin:billing_payment_changelist", "?state__exact=pending", True)
    waiting = Invoice.objects.filter(posted_at=None, issued_at__lt=now - _POSTING_TAKES).count()
    if waiting:
        words = f"{_counted(waiting, 'document was', 'documents were')} not mailed within an hour."
        yield Concern(words, "admin:billing_invoice_changelist", "?due=unposted", True)


def _of_closings() -> Iterator[Concern]:
    failed = Subscription.objects.filter(ended_at=None).exclude(closing_error="").count()
    if failed:
        words = f"{_counted(failed, 'month', 'months')} could not be closed."
        yield Concern(words, "admin:billing_subscription_changelist", "", True)


def _of_papers() -> Iterator[Concern]:
    issuer = Issuer.objects.filter(is_default=True).first()
    if issuer is None:
        yield Concern("Nobody issues invoices by default: add an issuer.", "admin:billing_issuer_changelist", "", True)
        return
    missing = [words for words, value in (("address", issuer.address), ("IBAN", issuer.iban)) if not value]
    if missing:
        words = f"{issuer.name} has no {' and no '.join(missing)}, which invoices have to show."
        yield Concern(words, "admin:billing_issuer_changelist", "", True)
    if not issuer.vat_id:
        yield Concern(f"{issuer.name} has no VAT id: no tax is charged.", "admin:billing_issuer_changelist")
    lacking = _countries_without_rate(issuer)
    if lacking:
        words = f"No tax rate is entered for {', '.join(lacking)}: invoices that need one cannot be issued."
        yield Concern(words, "admin:billing_taxrate_changelist", "", True)


def _countries_without_rate(issuer: Issuer) -> list[str]:
    if not issuer.vat_id:
        return []
    known = set(TaxRate.objects.values_list("country", flat=True))
    buyers = BillingProfile.objects.filter(vat_id="").exclude(country="").values_list("country", flat=True).distinct()
    return sorted(({issuer.country} | (set(buyers) & EU)) - known)


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


site.ask_for_concerns(concerns)
