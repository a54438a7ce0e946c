"""The connection test: before saving and at any time, step by step (SPEC M15). No transaction is open meanwhile."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from mailboxes.forms.adding import INCOMING, OUTGOING
from mailboxes.views.setup.finding import get_incoming, get_mailbox, get_outgoing
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from servers import probing, throttling
from servers.endpoints import Protocol
from servers.forms import FirstOutgoingServerForm, IncomingServerForm, OutgoingServerForm, ServerForm
from servers.models import IncomingServer, OutgoingServer
from servers.probing import ProbeStep, StepState
from servers.signing_in import deferred_sign_in

_LABELS = {
    "token": "Get an access token",
    "resolve": "Look up the host name",
    "connect": "Connect",
    "tls": "Encrypt the connection",
    "sign_in": "Sign in",
    "open_folder": "Open the inbox",
    "mail_from": "Name the sender",
}


@dataclass(frozen=True)
class ShownStep:
    """A step as templates/ui/steps.html shows it."""

    label: str
    state: StepState
    words: str
    advice: str
    milliseconds: int | None


@requires(Permission.MANAGE_MAILBOXES)
@sensitive_post_parameters()
@require_POST
def unsaved_incoming_test(request: TenantRequest) -> HttpResponse:
    """Test what was typed into the form of a new incoming server."""
    server = IncomingServer(tenant=request.principal.tenant)
    return _test_incoming_form(request, IncomingServerForm(request.POST, instance=server, prefix=INCOMING))


@requires(Permission.MANAGE_MAILBOXES)
@sensitive_post_parameters()
@require_POST
def unsaved_outgoing_test(request: TenantRequest) -> HttpResponse:
    """Test what was typed into the form of a new outgoing server, perhaps with the incoming one beside it."""
    tenant = request.principal.tenant
    incoming = IncomingServerForm(request.POST, instance=IncomingServer(tenant=tenant), prefix=INCOMING)
    form = FirstOutgoingServerForm(
        request.POST,
        instance=OutgoingServer(tenant=tenant),
        prefix=OUTGOING,
        incoming=incoming if "receives" in request.POST else None,
    )
    return _test_outgoing_form(request, form)


@requires(Permission.MANAGE_MAILBOXES)
@sensitive_post_parameters()
@require_POST
def incoming_test(request: TenantRequest, mailbox_id: uuid.UUID, incoming_server_id: uuid.UUID) -> HttpResponse:
    """Test the saved server, or the changes to it where its form is sent along."""
    server = get_incoming(get_mailbox(request, mailbox_id), incoming_server_id)
    if f"{INCOMING}-host" in request.POST:
        return _test_incoming_form(request, IncomingServerForm(request.POST, instance=server, prefix=INCOMING))
    if not throttling.admit_test(request.principal.user.pk):
        return _too_many(request)
    sign_in = deferred_sign_in(server, now=clock.now())
    return _result(request, probing.probe_incoming(Protocol(server.protocol), server.endpoint, sign_in))


@requires(Permission.MANAGE_MAILBOXES)
@sensitive_post_parameters()
@require_POST
def outgoing_test(request: TenantRequest, mailbox_id: uuid.UUID, outgoing_server_id: uuid.UUID) -> HttpResponse:
    """Test the saved server, or the changes to it where its form is sent along."""
    server = get_outgoing(get_mailbox(request, mailbox_id), outgoing_server_id)
    if f"{OUTGOING}-host" in request.POST:
        return _test_outgoing_form(request, OutgoingServerForm(request.POST, instance=server, prefix=OUTGOING))
    if not throttling.admit_test(request.principal.user.pk):
        return _too_many(request)
    sign_in = deferred_sign_in(server, now=clock.now())
    return _result(request, probing.probe_outgoing(server.endpoint, sign_in, server.mail_from))


def _test_incoming_form(request: TenantRequest, form: IncomingServerForm) -> HttpResponse:
    if not form.is_valid():
        return _incomplete(request, form)
    if not throttling.admit_test(request.principal.user.pk):
        return _too_many(request)
    sign_in = form.deferred_sign_in(now=clock.now())
    return _result(request, probing.probe_incoming(form.protocol, form.endpoint, sign_in))


def _test_outgoing_form(request: TenantRequest, form: OutgoingServerForm) -> HttpResponse:
    if not form.is_valid():
        return _incomplete(request, form)
    if not throttling.admit_test(request.principal.user.pk):
        return _too_many(request)
    sign_in = form.deferred_sign_in(now=clock.now())
    return _result(request, probing.probe_outgoing(form.endpoint, sign_in, form.instance.mail_from))


def _result(request: TenantRequest, steps: Sequence[ProbeStep]) -> HttpResponse:
    works = all(step.state == StepState.OK for step in steps)
    context = {"kind": "works" if works else "needs", "steps": [_shown(step) for step in steps]}
    return _answer(request, context, status=200)


def _incomplete(request: TenantRequest, form: ServerForm) -> HttpResponse:
    missing = [
        (form[name].label if name in form.fields else "", " ".join(str(error) for error in errors))
        for name, errors in form.errors.items()
    ]
    return _answer(request, {"kind": "incomplete", "missing": missing}, status=422)


def _too_many(request: TenantRequest) -> HttpResponse:
    response = _answer(request, {"kind": "too_many", "limit": throttling.TESTS_PER_MINUTE}, status=429)
    response.headers["Retry-After"] = str(throttling.WINDOW_SECONDS)
    return response


def _answer(request: TenantRequest, context: Mapping[str, object], *, status: int) -> HttpResponse:
    is_fragment = bool(request.headers.get("HX-Request"))
    template = "mailboxes/setup/_test_result.html" if is_fragment else "mailboxes/setup/test_result.html"
    return render(request, template, context, status=status)


def _shown(step: ProbeStep) -> ShownStep:
    was_tried = step.state != StepState.SKIPPED
    milliseconds = step.milliseconds if was_tried else None
    return ShownStep(_LABELS[step.name], step.state, step.words, step.advice, milliseconds)
