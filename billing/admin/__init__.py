"""What the operator sees and does at the desk: plans, accounts, invoices, payments, and who issues."""

from billing.admin import accounts, closings, concerns, invoices, issuers, payments, plans

__all__ = ["accounts", "closings", "concerns", "invoices", "issuers", "payments", "plans"]
