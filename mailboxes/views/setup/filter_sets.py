"""Filter sets: ordered keyword rules that give new conversations their topic (SPEC M22)."""

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from mailboxes.forms.saving import saved
from mailboxes.forms.topics import FilterRuleForm, FilterSetForm, RenameFilterSetForm, TryFiltersForm
from mailboxes.models import FilterRule, FilterSet, Mailbox, Message, Topic
from mailboxes.topics import changing, finding
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from servers.models import FolderRole

MOST_OFFERED = 30


@requires(Permission.MANAGE_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def filter_set_add(request: TenantRequest) -> HttpResponse:
    """Add a filter set, and go on to its filters."""
    tenant, now = request.principal.tenant, clock.now()
    new = FilterSet(tenant=tenant, created_at=now)
    form = FilterSetForm(request.POST if request.method == "POST" else None, instance=new)
    if form.is_valid() and saved(form, lambda: new.save(force_insert=True)):
        messages.success(request, f"Filter set {new} added. It has no filters yet.")
        return redirect("mailboxes:filter-set-change", new.pk)
    return render(request, "mailboxes/setup/filter_set_add.html", {"form": form}, status=422 if form.is_bound else 200)


@requires(Permission.MANAGE_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def filter_set_change(request: TenantRequest, filter_set_id: uuid.UUID) -> HttpResponse:
    """Show the filters of a set in their order, and rename it."""
    filter_set = _get_set(filter_set_id)
    form = RenameFilterSetForm(request.POST if request.method == "POST" else None, instance=filter_set)
    if form.is_valid() and saved(form, lambda: filter_set.save(update_fields=["name"])):
        messages.success(request, "Filter set renamed.")
        return redirect("mailboxes:filter-set-change", filter_set.pk)
    return _set_page(request, filter_set, form=form, status=422 if form.is_bound else 200)


@requires(Permission.MANAGE_ACCOUNT)
@require_POST
def filter_set_try(request: TenantRequest, filter_set_id: uuid.UUID) -> HttpResponse:
    """Say which filter fits a text or a recent message, and where."""
    filter_set = _get_set(filter_set_id)
    form = TryFiltersForm(_recent(request, filter_set), request.POST)
    trial: dict[str, Any] = {"try_form": form}
    if form.is_valid():
        message: Message | None = form.cleaned_data["message"]
        subject, text = (message.subject, message.body.text) if message else ("", form.cleaned_data["text"])
        trial |= {"is_tried": True, "tried": message, "found": finding.of_set(filter_set).find(subject, text)}
    is_refused = not form.is_valid() and not request.headers.get("HX-Request")
    return _set_page(request, filter_set, status=422 if is_refused else 200, **trial)


@requires(Permission.MANAGE_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def filter_set_delete(request: TenantRequest, filter_set_id: uuid.UUID) -> HttpResponse:
    """Say what goes with a filter set, and delete it."""
    filter_set = get_object_or_404(changing.filter_sets(), pk=filter_set_id)
    if request.method == "POST":
        name = filter_set.name
        changing.delete_set(filter_set)
        messages.success(request, f"Filter set {name} was deleted.")
        return redirect("mailboxes:topic-list")
    mailboxes = list(Mailbox.objects.filter(filter_set=filter_set))
    return render(request, "mailboxes/setup/filter_set_delete.html", {"filter_set": filter_set, "mailboxes": mailboxes})


@requires(Permission.MANAGE_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def filter_rule_add(request: TenantRequest, filter_set_id: uuid.UUID) -> HttpResponse:
    """Add a filter behind the others."""
    filter_set = _get_set(filter_set_id)
    new = FilterRule(tenant_id=filter_set.tenant_id, filter_set=filter_set)
    form = FilterRuleForm(request.POST if request.method == "POST" else None, instance=new)
    if form.is_valid():
        changing.add_rule(new)
        messages.success(request, "Filter added, behind the others.")
        return redirect(_rule_address(new))
    return _rule_page(request, filter_set, form)


@requires(Permission.MANAGE_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def filter_rule_change(request: TenantRequest, filter_set_id: uuid.UUID, filter_rule_id: uuid.UUID) -> HttpResponse:
    """Change words, place or topic of a filter."""
    rule = _get_rule(filter_set_id, filter_rule_id)
    form = FilterRuleForm(request.POST if request.method == "POST" else None, instance=rule)
    if form.is_valid():
        rule.save(update_fields=["phrases", "place", "topic"])
        messages.success(request, "Filter saved.")
        return redirect(_rule_address(rule))
    return _rule_page(request, rule.filter_set, form, rule=rule)


@requires(Permission.MANAGE_ACCOUNT)
@require_POST
def filter_rule_move(request: TenantRequest, filter_set_id: uuid.UUID, filter_rule_id: uuid.UUID) -> HttpResponse:
    """Move a filter one place up or down: the first that fits wins."""
    rule = _get_rule(filter_set_id, filter_rule_id)
    changing.move_rule(rule, by=1 if request.POST.get("to") == "down" else -1)
    return redirect(_rule_address(rule))


@requires(Permission.MANAGE_ACCOUNT)
@require_POST
def filter_rule_delete(request: TenantRequest, filter_set_id: uuid.UUID, filter_rule_id: uuid.UUID) -> HttpResponse:
    rule = _get_rule(filter_set_id, filter_rule_id)
    rule.delete()
    messages.success(request, "Filter deleted. Conversations keep the topics that it gave.")
    return redirect("mailboxes:filter-set-change", filter_set_id)


def _get_set(filter_set_id: uuid.UUID) -> FilterSet:
    return get_object_or_404(FilterSet.objects.select_related("segment"), pk=filter_set_id)


def _get_rule(filter_set_id: uuid.UUID, filter_rule_id: uuid.UUID) -> FilterRule:
    rules = FilterRule.objects.filter(filter_set=filter_set_id).select_related("filter_set", "topic")
    return get_object_or_404(rules, pk=filter_rule_id)


def _rule_address(rule: FilterRule) -> str:
    """Return the page of the set at this filter, so that the next key press goes on from there."""
    return f"{reverse('mailboxes:filter-set-change', args=[rule.filter_set_id])}#rule-{rule.pk}"


def _recent(request: TenantRequest, filter_set: FilterSet) -> QuerySet[Message]:
    """Return what others wrote to the mailboxes of the segment, the newest first."""
    visible = Message.objects.visible_to(request.principal.membership)
    rows = visible.filter(mailbox__segment=filter_set.segment_id, state=Message.State.RECEIVED)
    rows = rows.exclude(folder_role=FolderRole.SENT).order_by("-received_at", "-id")
    newest = list(rows.values_list("pk", flat=True)[:MOST_OFFERED])
    # Sliced rows cannot be chosen from.
    return Message.objects.filter(pk__in=newest).order_by("-received_at", "-id")


def _set_page(request: TenantRequest, filter_set: FilterSet, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "filter_set": filter_set.refreshed(),
        "form": RenameFilterSetForm(instance=filter_set),
        "rules": finding.rules_of(filter_set.pk),
        "mailboxes": list(Mailbox.objects.filter(filter_set=filter_set)),
        "has_topics": Topic.objects.exists(),
        **more,
    }
    if "try_form" not in context:
        context["try_form"] = TryFiltersForm(_recent(request, filter_set))
    return render(request, "mailboxes/setup/filter_set.html", context, status=status)


def _rule_page(
    request: TenantRequest, filter_set: FilterSet, form: FilterRuleForm, *, rule: FilterRule | None = None
) -> HttpResponse:
    context = {"filter_set": filter_set, "form": form, "rule": rule, "has_topics": Topic.objects.exists()}
    return render(request, "mailboxes/setup/filter_rule.html", context, status=422 if form.is_bound else 200)
