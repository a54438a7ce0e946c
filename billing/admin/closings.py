"""Months that could not be closed, and trying it again."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.closing.tasks import close_due
from billing.models import Subscription
from mailhub import clock
from mailhub.operator.deeds import Deed, ReasonForm, answer
from mailhub.operator.pages import DeskAdmin
from mailhub.operator.site import site


@admin.register(Subscription, site=site)
class ClosingAdmin(DeskAdmin):
    address, rank, heading = "failed-closings/", 5, "Failed closings"
    list_display = ("account", "name", "month", "closing_error", "close_again_at", "again")
    list_display_links = None
    search_fields = ("tenant__name", "closing_error")
    ordering = ("closes_at", "id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscription]:
        rows = Subscription.objects.filter(ended_at=None).select_related("tenant")
        return rows.exclude(closing_error="")

    @admin.display(description="Account", ordering="tenant__name")
    def account(self, subscription: Subscription) -> str:
        return subscription.tenant.name

    @admin.display(description="")
    def again(self, subscription: Subscription) -> SafeString:
        url = reverse("admin:billing_subscription_again", args=[subscription.pk])
        return format_html('<a href="{}">Try again now</a>', url)

    def desk_urls(self) -> list[URLPattern]:
        again = path("<uuid:subscription_id>/again/", self.page(self.try_again), name="billing_subscription_again")
        return [again]

    def try_again(self, request: HttpRequest, subscription_id: uuid.UUID) -> HttpResponse:
        """Have a month closed at once, instead of when its turn would come."""
        row = self.get_queryset(request).filter(pk=subscription_id).first()
        if row is None:
            raise Http404

        def act(_values: dict[str, Any]) -> str:
            # Through the queue, as every other closing: it takes its time, and its locks.
            self.get_queryset(request).filter(pk=row.pk).update(close_again_at=clock.now())
            close_due.ring()
            return f"{row.month:%B %Y} of {row.tenant} is being closed."

        deed = Deed(
            row,
            f"Close {row.month:%B %Y} of {row.tenant}",
            "Try again now",
            ReasonForm(request.POST or None),
            reverse("admin:billing_subscription_changelist"),
            lambda _values: ["The month is counted and billed once: a try that fails leaves nothing behind."],
            act,
            facts=[("Subscription", row.name), ("What failed", row.closing_error)],
        )
        return answer(request, deed, self.admin_site.each_context(request))
