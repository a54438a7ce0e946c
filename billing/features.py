"""What plans switch on and off (SPEC T5). A feature that is lacking is shown, explained and disabled, never hidden."""

from billing.models import Feature, Plan, Subscription

__all__ = ["Feature", "explain_lack", "has"]


def has(subscription: Subscription, feature: Feature) -> bool:
    """Whether the plan of this subscription includes the feature."""
    return subscription.plan.has(feature)


def explain_lack(subscription: Subscription, feature: Feature) -> str:
    """Return what a page says beside a disabled control: what is lacking, and which plans have it."""
    having = [str(plan) for plan in Plan.objects.filter(is_current=True).order_by("price_minor") if plan.has(feature)]
    words = f"{feature.label}: not part of the plan {subscription.plan}."
    if not having:
        return words
    return f"{words} The plan{'s' if len(having) > 1 else ''} {' and '.join(having)} {_verb(having)} it."


def _verb(having: list[str]) -> str:
    return "have" if len(having) > 1 else "has"
