"""Routes of the operator's desk."""

from tests.walls.declaring import Route, desk

_PAGES = ("add", "change", "changelist", "history")

ROUTES: dict[str, Route] = {
    name: desk()
    for name in (
        "operator:index",
        "operator:billing_invoice_act",
        "operator:billing_invoice_changelist",
        "operator:billing_invoice_look",
        "operator:billing_invoice_pdf",
        *(f"operator:billing_issuer_{page}" for page in _PAGES),
        "operator:billing_payment_changelist",
        "operator:billing_plan_changelist",
        "operator:billing_plan_new",
        "operator:billing_plan_retire",
        "operator:billing_plan_supersede",
        "operator:billing_subscription_again",
        "operator:billing_subscription_changelist",
        *(f"operator:billing_taxrate_{page}" for page in _PAGES),
        "operator:tenancy_tenant_changelist",
    )
}
