"""The topics of an account, and its filter sets as a list (SPEC M22)."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from mailboxes.forms.saving import saved
from mailboxes.forms.topics import DeleteTopicForm, TopicForm
from mailboxes.models import Topic
from mailboxes.topics import changing
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest


@requires(Permission.MANAGE_ACCOUNT)
@require_safe
def topic_list(request: TenantRequest) -> HttpResponse:
    """Show topics and filter sets with what uses them."""
    context = {"topics": list(changing.with_uses()), "filter_sets": list(changing.filter_sets())}
    return render(request, "mailboxes/setup/topics.html", context)


@requires(Permission.MANAGE_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def topic_add(request: TenantRequest) -> HttpResponse:
    """Add a topic."""
    tenant, now = request.principal.tenant, clock.now()
    form = TopicForm(request.POST or None, instance=Topic(tenant=tenant, created_at=now))
    if form.is_valid() and saved(form, lambda: changing.add_topic(tenant, form.cleaned_data["name"], now=now)):
        messages.success(request, f"Topic {form.cleaned_data['name']} added.")
        return redirect("mailboxes:topic-list")
    return render(request, "mailboxes/setup/topic_add.html", {"form": form}, status=422 if form.is_bound else 200)


@requires(Permission.MANAGE_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def topic_change(request: TenantRequest, topic_id: uuid.UUID) -> HttpResponse:
    """Rename a topic."""
    topic = get_object_or_404(Topic, pk=topic_id)
    form = TopicForm(request.POST or None, instance=topic)
    if form.is_valid() and saved(form, lambda: topic.save(update_fields=["name"])):
        messages.success(request, "Topic renamed.")
        return redirect("mailboxes:topic-list")
    context = {"topic": topic.refreshed(), "form": form, "uses": changing.uses_of(topic)}
    return render(request, "mailboxes/setup/topic_change.html", context, status=422 if form.is_bound else 200)


@requires(Permission.MANAGE_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def topic_delete(request: TenantRequest, topic_id: uuid.UUID) -> HttpResponse:
    """Say what speaks of a topic, and delete it; another one may take its place."""
    topic = get_object_or_404(Topic, pk=topic_id)
    form = DeleteTopicForm(topic, request.POST if request.method == "POST" else None)
    if form.is_valid():
        name = topic.name
        changing.delete_topic(topic, heir=form.cleaned_data["heir"])
        messages.success(request, f"Topic {name} was deleted.")
        return redirect("mailboxes:topic-list")
    context = {"topic": topic, "form": form, "uses": changing.uses_of(topic)}
    return render(request, "mailboxes/setup/topic_delete.html", context, status=422 if form.is_bound else 200)
