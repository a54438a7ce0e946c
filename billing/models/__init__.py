"""Plans, the subscriptions to them, the ledger of active mailboxes, invoices and payments."""

from billing.models.activations import Activation
from billing.models.invoices import Invoice, InvoiceLine, Period
from billing.models.issuers import Issuer, TaxRate
from billing.models.payments import GatewayEvent, Payment, Reminder
from billing.models.plans import Feature, Plan
from billing.models.profiles import BillingProfile
from billing.models.subscriptions import PlanChange, Subscription

__all__ = [
    "Activation",
    "BillingProfile",
    "Feature",
    "GatewayEvent",
    "Invoice",
    "InvoiceLine",
    "Issuer",
    "Payment",
    "Period",
    "Plan",
    "PlanChange",
    "Reminder",
    "Subscription",
    "TaxRate",
]
