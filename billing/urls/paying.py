"""Cards, payments, and the events of the payment provider."""

from django.urls import path

from billing.views import paying

urlpatterns = [
    path("settings/plan/payment/", paying.payment_method, name="payment-method"),
    path("settings/plan/payment/choose/", paying.payment_method_choose, name="payment-method-choose"),
    path("settings/plan/payment/card/add/", paying.card_add, name="card-add"),
    path("settings/plan/payment/card/return/", paying.card_return, name="card-return"),
    path("settings/plan/payment/card/remove/", paying.card_remove, name="card-remove"),
    path("settings/plan/invoices/<uuid:invoice_id>/pay/", paying.invoice_pay, name="invoice-pay"),
    path("settings/plan/invoices/<uuid:invoice_id>/paid/", paying.invoice_paid_return, name="invoice-paid-return"),
    path("webhooks/stripe/", paying.gateway_events, name="gateway-events"),
]
