"""What the operator does with an invoice: each one a form, with a preview and a reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest
from django.urls import reverse

from billing.admin.amounts import AmountField, to_major, to_minor
from billing.gateway.choosing import gateway
from billing.invoicing.crediting import Creditable, credit, creditable_of
from billing.invoicing.refusing import Refused
from billing.invoicing.voiding import reissue, void
from billing.invoicing.writing_off import write_off
from billing.models import Invoice, Payment
from billing.money import Money
from billing.paying import refunds
from billing.paying.tasks import follow
from billing.paying.transfers import book_transfer, repay, reverse_transfer
from mailhub import clock
from mailhub.operator.deeds import Deed, DeedRefused, ReasonForm
from mailhub.tenancy.scope import tenant_scope

Effects = Sequence[str]


class TransferForm(ReasonForm):
    """What the bank's statement says."""

    amount = AmountField(label="Amount that came")
    received_on = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    reference = forms.CharField(max_length=140, required=False, help_text="As the bank's statement has it.")
    is_another = forms.BooleanField(
        required=False, label="It came twice", help_text="The statement shows another one with this day and reference."
    )

    field_order = ("amount", "received_on", "reference", "is_another", "reason")


class CreditForm(ReasonForm):
    """How much of each line is taken back, without tax."""

    reason = forms.CharField(max_length=300, help_text="Stands on the credit note, and in the log.")

    def __init__(self, *args: Any, creditable: Sequence[Creditable], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in creditable:
            self.fields[f"line-{one.line.position}"] = AmountField(
                label=one.line.words, required=False, help_text=f"Without tax; at most {one.left}."
            )
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])


def transfer_deed(request: HttpRequest, invoice: Invoice) -> Deed:
    balance = to_major(max(invoice.balance.minor, 0), invoice.currency)
    form = TransferForm(request.POST or None, initial={"amount": balance, "received_on": _today()})

    def preview(values: dict[str, Any]) -> Effects:
        amount = _money(values["amount"], invoice.currency)
        rest = invoice.balance + -amount
        if rest.minor < 0:
            raise DeedRefused(
                f"Only {invoice.balance} of {invoice} is to be paid. Book that much, and return the rest."
            )
        return [
            f"{amount} is booked as paid on {values['received_on']:%-d %B %Y}.",
            f"{invoice} is paid, and the account's standing follows." if not rest.minor else f"{rest} stays open.",
        ]

    def act(values: dict[str, Any]) -> str:
        amount = _money(values["amount"], invoice.currency)
        names = ("received_on", "reference", "is_another")
        kept = {name: values[name] for name in names}
        book_transfer(invoice, amount=amount, by=_who(request), now=clock.now(), **kept)
        return f"{amount} was booked for {invoice}."

    return _deed(invoice, f"Book a transfer for {invoice}", "Book it", form, preview, act)


class ReturnForm(ReasonForm):
    """What the bank's statement says of money that went back."""

    amount = AmountField(label="Amount that went back")
    returned_on = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    reference = forms.CharField(max_length=140, required=False, help_text="As the bank's statement has it.")

    field_order = ("amount", "returned_on", "reference", "reason")


class ReversalForm(ReasonForm):
    """Which transfer is taken back."""

    payment = forms.ChoiceField(label="Transfer", help_text="Booked by mistake, or taken back by the bank.")

    field_order = ("payment", "reason")

    def __init__(self, *args: Any, transfers: Sequence[Payment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payment"].choices = [  # type: ignore[attr-defined]
            (str(one.pk), f"{one.amount} of {one.received_on:%-d %B %Y} {one.reference}".strip()) for one in transfers
        ]


def return_deed(request: HttpRequest, invoice: Invoice) -> Deed:
    owed = -min(invoice.balance.minor, 0)
    initial = {"amount": to_major(owed, invoice.currency), "returned_on": _today()}
    form = ReturnForm(request.POST or None, initial=initial)

    def preview(values: dict[str, Any]) -> Effects:
        amount = _money(values["amount"], invoice.currency)
        if amount.minor > owed:
            raise DeedRefused(f"Of {invoice} only {Money(owed, invoice.currency)} has to go back.")
        return [
            f"{amount} is booked as returned on {values['returned_on']:%-d %B %Y}.",
            "This books what the bank did: mailhub sends no money.",
        ]

    def act(values: dict[str, Any]) -> str:
        amount = _money(values["amount"], invoice.currency)
        kept = {name: values[name] for name in ("returned_on", "reference")}
        repay(invoice, amount=amount, by=_who(request), now=clock.now(), **kept)
        return f"{amount} of {invoice} went back."

    return _deed(invoice, f"Book a return for {invoice}", "Book it", form, preview, act)


def refund_deed(request: HttpRequest, invoice: Invoice) -> Deed:
    form = ReasonForm(request.POST or None)

    def preview(_values: dict[str, Any]) -> Effects:
        amount = refunds.refundable(invoice)
        if gateway() is None:
            raise DeedRefused("No payment provider is set up: return the money by transfer, and book that.")
        if not amount.minor:
            raise DeedRefused("Nothing was paid too much by card.")
        return [f"{amount} goes back to the card that paid. What is left needs a further refund."]

    def act(_values: dict[str, Any]) -> str:
        with tenant_scope(invoice.tenant_id):
            try:
                payment = refunds.begin(invoice.pk, made_by=_who(request), now=clock.now())
            except refunds.NotRefundable as error:
                raise DeedRefused(str(error)) from error
        # Once this is committed: the provider is never asked inside of a transaction.
        follow.ring(invoice.tenant_id, payment.pk)
        return f"{-payment.amount} of {invoice} goes back to the card."

    return _deed(invoice, f"Refund {invoice} to the card", "Refund it", form, preview, act, is_harmful=True)


def reversal_deed(request: HttpRequest, invoice: Invoice) -> Deed:
    transfers = _transfers_of(invoice)
    form = ReversalForm(request.POST or None, transfers=transfers)

    def chosen(values: dict[str, Any]) -> Payment:
        return next(one for one in transfers if str(one.pk) == values["payment"])

    def preview(values: dict[str, Any]) -> Effects:
        return [
            f"{chosen(values).amount} is taken back by a second row; both stay in the books.",
            f"What is then to be paid of {invoice} is asked for again, and the account's standing follows.",
        ]

    def act(values: dict[str, Any]) -> str:
        back = reverse_transfer(chosen(values), by=_who(request), now=clock.now())
        return f"The transfer of {-back.amount} for {invoice} was taken back."

    heading = f"Take back a transfer for {invoice}"
    return _deed(invoice, heading, "Take it back", form, preview, act, is_harmful=True)


def void_deed(request: HttpRequest, invoice: Invoice) -> Deed:
    form = ReasonForm(request.POST or None)

    def preview(_values: dict[str, Any]) -> Effects:
        return [
            f"A credit note takes back all that is left of {invoice} ({invoice.balance}), and is mailed.",
            "It is never asked for again. Its month may be invoiced anew.",
        ]

    def act(values: dict[str, Any]) -> str:
        note = void(invoice, reason=values["reason"], by=_who(request), now=clock.now())
        return f"{invoice} is void by the credit note {note}."

    return _deed(invoice, f"Make {invoice} void", "Make it void", form, preview, act, is_harmful=True)


def credit_deed(request: HttpRequest, invoice: Invoice) -> Deed:
    creditable = creditable_of(invoice)
    form = CreditForm(request.POST or None, creditable=creditable)

    def amounts(values: dict[str, Any]) -> dict[Any, int]:
        given = {one.line.pk: values.get(f"line-{one.line.position}") for one in creditable}
        return {pk: _money(amount, invoice.currency).minor for pk, amount in given.items() if amount}

    def preview(values: dict[str, Any]) -> Effects:
        taken = amounts(values)
        if not taken:
            raise DeedRefused("Nothing is to be taken back: give at least one line an amount.")
        for one in creditable:
            if taken.get(one.line.pk, 0) > one.left_minor:
                raise DeedRefused(f"Of “{one.line.words}” only {one.left} are left.")
        net = Money(sum(taken.values()), invoice.currency)
        return [
            f"A credit note takes back {net} and the tax on it ({invoice.tax_percent}), and is mailed.",
            "What was paid beyond the rest has to be returned to the customer.",
        ]

    def act(values: dict[str, Any]) -> str:
        note = credit(invoice, lines=amounts(values), reason=values["reason"], by=_who(request), now=clock.now())
        return f"The credit note {note} takes back {-note.total} of {invoice}."

    heading = f"A credit note for {invoice}"
    return _deed(invoice, heading, "Issue the credit note", form, preview, act, is_harmful=True)


def reissue_deed(request: HttpRequest, invoice: Invoice) -> Deed:
    form = ReasonForm(request.POST or None)

    def preview(_values: dict[str, Any]) -> Effects:
        if invoice.state != Invoice.State.VOID:
            raise DeedRefused(f"{invoice} stands: make it void first.")
        month = f"{invoice.period.month:%B %Y}"
        return [f"{month} is counted anew from the ledger and invoiced to today's billing details, with a new number."]

    def act(_values: dict[str, Any]) -> str:
        return f"{reissue(invoice, now=clock.now())} was issued instead of {invoice}."

    return _deed(invoice, f"Issue {invoice} anew", "Issue it anew", form, preview, act)


def write_off_deed(request: HttpRequest, invoice: Invoice) -> Deed:
    form = ReasonForm(request.POST or None)

    def preview(_values: dict[str, Any]) -> Effects:
        return [
            f"{invoice.balance} of {invoice} is not asked for any more, and the account's standing follows.",
            "No document is made: the tax stays owed. A transfer that comes later can still be booked.",
        ]

    def act(_values: dict[str, Any]) -> str:
        write_off(invoice, now=clock.now())
        return f"{invoice} is written off."

    return _deed(invoice, f"Write {invoice} off", "Write it off", form, preview, act, is_harmful=True)


DEEDS: dict[str, tuple[str, Callable[[HttpRequest, Invoice], Deed]]] = {
    "transfer": ("Book a transfer", transfer_deed),
    "take-back": ("Take back a transfer", reversal_deed),
    "return": ("Book a return", return_deed),
    "refund": ("Refund to the card", refund_deed),
    "credit": ("Credit note", credit_deed),
    "void": ("Make void", void_deed),
    "reissue": ("Issue anew", reissue_deed),
    "write-off": ("Write off", write_off_deed),
}


def possible_for(invoice: Invoice) -> list[tuple[str, str]]:
    """Return the deeds that make sense for an invoice as it stands, with what they are called."""
    state = Invoice.State
    wanted: dict[str, tuple[str, ...]] = {
        state.OPEN: ("transfer", "credit", "void", "write-off"),
        state.PAID: ("credit",),
        state.WRITTEN_OFF: ("transfer", "credit"),
        state.VOID: ("reissue",),
    }
    names = list(wanted.get(invoice.state, ()))
    if invoice.kind == Invoice.Kind.INVOICE:
        names += ["return"] if invoice.balance.minor < 0 else []
        names += ["refund"] if refunds.refundable(invoice).minor else []
        names += ["take-back"] if _transfers_of(invoice) else []
    return [(name, DEEDS[name][0]) for name in names]


def _transfers_of(invoice: Invoice) -> list[Payment]:
    """Return the transfers that came in for an invoice, also those that were taken back since."""
    came = Payment.objects.filter(invoice=invoice, method=Payment.Method.TRANSFER, amount_minor__gt=0)
    return list(came.filter(state=Payment.State.SUCCEEDED).exclude(received_on=None).order_by("created_at", "id"))


def _deed(
    invoice: Invoice,
    heading: str,
    verb: str,
    form: forms.Form,
    preview: Callable[[dict[str, Any]], Effects],
    act: Callable[[dict[str, Any]], str],
    *,
    is_harmful: bool = False,
) -> Deed:
    facts = [
        ("Account", invoice.tenant),
        ("Buyer", invoice.buyer.get("name", "")),
        ("State", invoice.get_state_display()),
        ("Total", invoice.total),
        ("To be paid", invoice.balance),
    ]

    def act_or_say_why(values: dict[str, Any]) -> str:
        try:
            return act(values)
        except Refused as error:
            raise DeedRefused(str(error)) from error

    back = reverse("admin:billing_invoice_look", args=[invoice.pk])
    return Deed(invoice, heading, verb, form, back, preview, act_or_say_why, facts=facts, is_harmful=is_harmful)


def _money(amount: Any, currency: str) -> Money:
    try:
        return Money(to_minor(amount, currency), currency)
    except ValueError as error:
        raise DeedRefused(str(error)) from error


def _who(request: HttpRequest) -> str:
    return str(getattr(request.user, "email", ""))


def _today() -> date:
    return clock.now().date()
