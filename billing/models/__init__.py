"""Plans, the subscriptions to them, and the ledger of active mailboxes."""

from billing.models.activations import Activation
from billing.models.plans import Feature, Plan
from billing.models.subscriptions import PlanChange, Subscription

__all__ = ["Activation", "Feature", "Plan", "PlanChange", "Subscription"]
