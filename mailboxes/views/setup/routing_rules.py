"""The routing rules of a mailbox: kept, ordered, and tried on messages that are here (SPEC M25)."""

import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mailboxes.forms.routing_rules import RuleBuilder
from mailboxes.models import Mailbox, Message, RoutingRule, Tag
from mailboxes.parsing import Unreadable
from mailboxes.routing import changing, rehearsing
from mailboxes.routing.actions import Action, Deed
from mailboxes.routing.options import options_of
from mailboxes.views.mail.lookups import row_id
from mailboxes.views.setup.finding import get_mailbox
from mailboxes.views.setup.rule_rows import rule_rows, trial_rows
from mailboxes.views.setup.sections import section
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.blobs import BlobMissing
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest

# Of the newest messages, to try the rules on.
OFFERED = 20


@requires(Permission.MANAGE_MAILBOXES)
@require_safe
def rule_list(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Show the rules in their order, in words."""
    mailbox = get_mailbox(request, mailbox_id)
    rules = list(RoutingRule.objects.filter(mailbox=mailbox))
    context = section(
        request,
        mailbox,
        rows=rule_rows(rules, options_of(mailbox)),
        routes_mail=mailbox.kind == Mailbox.Kind.SERVICE,
        has_room=len(rules) < changing.MOST_RULES,
    )
    return render(request, "mailboxes/setup/rules.html", context)


@requires(Permission.MANAGE_MAILBOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def rule_add(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Make a rule. It begins switched off, to be tried."""
    mailbox = get_mailbox(request, mailbox_id)
    if RoutingRule.objects.filter(mailbox=mailbox).count() >= changing.MOST_RULES:
        messages.error(request, f"A mailbox has {changing.MOST_RULES} rules at most.")
        return redirect("mailboxes:rule-list", mailbox.pk)
    now = clock.now()
    rule = RoutingRule(tenant_id=mailbox.tenant_id, mailbox=mailbox, created_at=now, changed_at=now)
    builder = _builder(request, mailbox, rule)
    if builder.is_valid():
        with transaction.atomic():
            _fill(rule, builder)
            changing.add(rule)
        messages.success(request, f"Rule {rule.name} added. It is off: try it on a message, then switch it on.")
        return redirect("mailboxes:rule-list", mailbox.pk)
    return _form_page(request, mailbox, builder, rule=None)


@requires(Permission.MANAGE_MAILBOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def rule_change(request: TenantRequest, mailbox_id: uuid.UUID, routing_rule_id: uuid.UUID) -> HttpResponse:
    """Change a rule; it stays on, or off."""
    mailbox, rule = _find(request, mailbox_id, routing_rule_id)
    builder = _builder(request, mailbox, rule)
    if builder.is_valid():
        with transaction.atomic():
            _fill(rule, builder)
            rule.changed_at = clock.now()
            rule.save()
        messages.success(request, "Rule saved.")
        return redirect("mailboxes:rule-list", mailbox.pk)
    return _form_page(request, mailbox, builder, rule=rule)


@requires(Permission.MANAGE_MAILBOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def rule_delete(request: TenantRequest, mailbox_id: uuid.UUID, routing_rule_id: uuid.UUID) -> HttpResponse:
    """Delete a rule; what it did stays done."""
    mailbox, rule = _find(request, mailbox_id, routing_rule_id)
    if request.method == "POST":
        rule.delete()
        messages.success(request, f"Rule {rule.name} was deleted.")
        return redirect("mailboxes:rule-list", mailbox.pk)
    return render(request, "mailboxes/setup/rule_delete.html", section(request, mailbox, rule=rule))


@requires(Permission.MANAGE_MAILBOXES)
@require_POST
def rule_move(request: TenantRequest, mailbox_id: uuid.UUID, routing_rule_id: uuid.UUID) -> HttpResponse:
    """Move a rule one place up, or with `to=down` down."""
    mailbox, rule = _find(request, mailbox_id, routing_rule_id)
    changing.move(rule, by=1 if request.POST.get("to") == "down" else -1)
    return redirect("mailboxes:rule-list", mailbox.pk)


@requires(Permission.MANAGE_MAILBOXES)
@require_POST
def rule_switch(request: TenantRequest, mailbox_id: uuid.UUID, routing_rule_id: uuid.UUID) -> HttpResponse:
    """Switch a rule on, or off."""
    mailbox, rule = _find(request, mailbox_id, routing_rule_id)
    changing.switch(rule, now=clock.now())
    messages.success(request, f"Rule {rule.name} is {'on' if rule.is_active else 'off'}.")
    return redirect("mailboxes:rule-list", mailbox.pk)


@requires(Permission.MANAGE_MAILBOXES)
@require_safe
def rule_try(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Show what all rules make of a message (`message`), and offer the newest ones; nothing is done."""
    mailbox = get_mailbox(request, mailbox_id)
    shown = Message.objects.filter(mailbox=mailbox).exclude(state__in=Message.HIDDEN)
    message_id = row_id(request.GET.get("message", ""))
    context: dict[str, Any] = {"offered": list(shown.for_list().order_by("-received_at", "-id")[:OFFERED])}
    if message_id is not None:
        message = get_object_or_404(shown.select_related("mailbox", "conversation"), pk=message_id)
        context["message"] = message
        try:
            rehearsal = rehearsing.rehearse(message)
        except (Unreadable, BlobMissing) as reason:
            context["reason"] = str(reason)
        else:
            context |= {"trials": trial_rows(rehearsal), "no_answer": rehearsal.no_answer}
    return render(request, "mailboxes/setup/rule_try.html", section(request, mailbox, **context))


def _find(request: TenantRequest, mailbox_id: uuid.UUID, rule_id: uuid.UUID) -> tuple[Mailbox, RoutingRule]:
    mailbox = get_mailbox(request, mailbox_id)
    return mailbox, get_object_or_404(mailbox.routing_rules.select_related("mailbox"), pk=rule_id)


def _builder(request: TenantRequest, mailbox: Mailbox, rule: RoutingRule) -> RuleBuilder:
    zone = request.principal.membership.user.time_zone
    return RuleBuilder(rule, options_of(mailbox), zone=zone, data=request.POST if request.method == "POST" else None)


def _fill(rule: RoutingRule, builder: RuleBuilder) -> None:
    """Write what the valid form says into the rule; tags that are new are added to the account."""
    values = builder.form.cleaned_data
    rule.name, rule.is_last = values["name"], values["is_last"]
    rule.needs_every_condition = values["needs_every_condition"]
    rule.conditions = [one.stored for one in builder.found_conditions]
    rule.actions = [_with_tag(one, rule.tenant_id).stored for one in builder.found_actions]


def _with_tag(action: Action, tenant_id: int) -> Action:
    if action.deed != Deed.TAG:
        return action
    tag, _is_new = Tag.objects.get_or_create(tenant_id=tenant_id, name=action.value)
    return Action(Deed.TAG, str(tag.pk))


def _form_page(
    request: TenantRequest, mailbox: Mailbox, builder: RuleBuilder, *, rule: RoutingRule | None
) -> HttpResponse:
    is_refused = request.method == "POST" and not builder.is_rebuilt
    context = section(request, mailbox, builder=builder, rule=rule)
    return render(request, "mailboxes/setup/rule.html", context, status=422 if is_refused else 200)
