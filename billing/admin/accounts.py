"""Accounts: how they stand and what they owe. Of what is inside them, nothing."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.admin.figures import Figures, figures_of
from mailhub.operator.pages import DeskAdmin
from mailhub.operator.site import site
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.standing import Standing

_TONES = {Standing.GOOD: "works", Standing.OVERDUE: "waits"}


class AccountList(ChangeList):
    """Brings the figures of the accounts on this page along."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        figures = figures_of(rows)
        for row in rows:
            row.figures = figures.get(row.pk, Figures())
        self.result_list = rows


@admin.register(Tenant, site=site)
class AccountAdmin(DeskAdmin):
    address, rank, heading = "accounts/", 2, "Accounts"
    list_display = ("name", "stands", "plans", "active", "draft", "unpaid", "last_invoice", "people", "invoices")
    list_display_links = None
    list_filter = ("standing",)
    list_per_page = 25
    search_fields: ClassVar[tuple[str, ...]] = ("name",)
    ordering = ("name", "pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tenant]:
        return Tenant.objects.filter(is_platform=False).only("name", "standing", "time_zone", "created_at")

    def get_changelist(self, request: HttpRequest, **_kwargs: Any) -> type[ChangeList]:
        return AccountList

    @admin.display(description="Standing", ordering="standing")
    def stands(self, account: Tenant) -> SafeString:
        tone = _TONES.get(Standing(account.standing), "needs")
        return format_html('<span class="desk-pill desk-{}">{}</span>', tone, Standing(account.standing).label)

    @admin.display(description="Plans")
    def plans(self, account: Any) -> str:
        return ", ".join(account.figures.plans)

    @admin.display(description="Active mailboxes")
    def active(self, account: Any) -> int:
        return int(account.figures.active_count)

    @admin.display(description="This month so far")
    def draft(self, account: Any) -> str:
        return ", ".join(map(str, account.figures.draft))

    @admin.display(description="Unpaid")
    def unpaid(self, account: Any) -> str:
        return ", ".join(map(str, account.figures.unpaid))

    @admin.display(description="Last invoice")
    def last_invoice(self, account: Any) -> object:
        last = account.figures.last_invoice_at
        return last.date() if last else None

    @admin.display(description="People")
    def people(self, account: Any) -> int:
        return int(account.figures.people_count)

    @admin.display(description="")
    def invoices(self, account: Tenant) -> SafeString:
        url = f"{reverse('admin:billing_invoice_changelist')}?tenant__id__exact={account.pk}"
        return format_html('<a href="{}">Invoices</a>', url)
