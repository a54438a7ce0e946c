"""The template tags of the design system."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.template import Context, Template, TemplateSyntaxError

from mailhub import clock
from mailhub.lib.times import relative
from mailhub.shell.avatars import avatar_of
from mailhub.shell.states import state_of
from servers.failures import FailureKind
from servers.models import IncomingServer, OutgoingServer
from servers.standing import PauseReason

NOW = datetime(2026, 3, 3, 9, 12, tzinfo=UTC)


class _Form(forms.Form):
    name = forms.CharField(help_text="People see it.")
    password = forms.CharField(widget=forms.PasswordInput(attrs={"data-saved": True}), required=False)
    active = forms.BooleanField(required=False)
    kind = forms.ChoiceField(widget=forms.RadioSelect, choices=[("a", "A"), ("b", "B")])
    token = forms.CharField(widget=forms.HiddenInput)


def _render(source: str, **variables: Any) -> str:
    return Template(source).render(Context(variables))


@pytest.mark.parametrize(
    ("distance", "words", "short"),
    [
        (timedelta(seconds=20), "just now", "now"),
        (timedelta(seconds=-20), "in a moment", "now"),
        (timedelta(minutes=1), "1 min ago", "1 min"),
        (timedelta(minutes=59, seconds=59), "59 min ago", "59 min"),
        (timedelta(hours=3), "3 h ago", "3 h"),
        (timedelta(days=1), "1 day ago", "1 day"),
        (timedelta(days=29), "29 days ago", "29 days"),
        (timedelta(days=60), "2 Jan 2026", "2 Jan 2026"),
        (timedelta(minutes=-20), "in 20 min", "20 min"),
    ],
)
def test_relative_time_in_words(distance: timedelta, words: str, short: str) -> None:
    when = NOW - distance

    assert relative(when, now=NOW, zone=UTC) == words
    assert relative(when, now=NOW, zone=UTC, style="short") == short


def test_ago_carries_the_exact_time_in_the_zone_of_the_person() -> None:
    principal = SimpleNamespace(user=SimpleNamespace(time_zone="Europe/Berlin"))

    html = _render("{% ago when %}", when=NOW, request=SimpleNamespace(principal=principal))

    assert 'title="Tue 3 Mar 2026, 10:12 CET"' in html
    assert 'datetime="2026-03-03T09:12:00+00:00"' in html


def test_ago_says_never_when_there_is_no_time() -> None:
    assert _render("{% ago when %}", when=None) == "never"


def test_field_ties_label_help_and_errors_to_the_widget() -> None:
    html = _render("{% field form.name %}", form=_Form({}))

    assert '<label class="form-label" for="id_name">' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_helptext"' in html
    assert 'id="id_name_error"' in html
    assert 'aria-invalid="true"' in html


def test_field_turns_further_arguments_into_attributes() -> None:
    html = _render('{% field form.name hx_get="/x/" autocomplete="off" %}', form=_Form())

    assert 'hx-get="/x/"' in html
    assert 'autocomplete="off"' in html


def test_field_takes_other_words_for_label_and_help() -> None:
    html = _render('{% field form.name label="Sender" help_text="Short." %}', form=_Form())

    assert "Sender" in html
    assert "Short." in html
    assert "People see it." not in html


def test_password_can_be_shown_and_says_that_one_is_saved() -> None:
    html = _render("{% field form.password %}", form=_Form())

    assert 'data-reveal="id_password"' in html
    assert "Saved. Leave empty to keep it." in html


def test_checkbox_is_a_switch() -> None:
    assert "form-switch" in _render("{% field form.active %}", form=_Form())


def test_choices_are_a_group_with_a_legend() -> None:
    html = _render("{% field form.kind %}", form=_Form())

    assert "<legend" in html
    assert html.count('type="radio"') == 2


def test_field_that_the_form_lacks_is_an_error_of_the_template() -> None:
    with pytest.raises(TemplateSyntaxError):
        _render("{% field form.nothing %}", form=_Form())


def test_form_errors_show_what_is_wrong_with_hidden_fields() -> None:
    html = _render("{% form_errors form %}", form=_Form({"name": "Support", "kind": "a"}))

    assert 'role="alert"' in html
    assert "This field is required." in html


def test_form_errors_show_nothing_for_a_form_that_is_fine() -> None:
    assert _render("{% form_errors form %}", form=_Form()).strip() == ""


def test_pill_escapes_its_words() -> None:
    html = _render('{% pill "needs" word title=word %}', word='<script>"')

    assert "<script" not in html


def test_failing_server_says_why_and_when_it_is_tried_again() -> None:
    server = IncomingServer(
        host="imap.acme.example",
        failure_count=2,
        last_failure="[AUTHENTICATIONFAILED] Invalid credentials",
        last_failure_kind=FailureKind.SIGN_IN_REFUSED,
        last_failure_advice="Enter the password again.",
        last_failure_at=NOW,
        refused_since=NOW,
        next_poll_at=NOW + timedelta(minutes=20),
    )

    state = state_of(server, now=NOW, zone=UTC)

    assert (state.kind, state.word) == ("needs", "Sign-in refused")
    assert state.reason == (
        "Sign-in refused by imap.acme.example since 09:12: [AUTHENTICATIONFAILED] Invalid credentials. "
        "Next try 09:32. Enter the password again."
    )


def test_paused_server_says_since_when_and_why_and_is_tried_no_more() -> None:
    server = IncomingServer(
        host="imap.acme.example",
        failure_count=200,
        last_failure="[AUTHENTICATIONFAILED] Invalid credentials",
        last_failure_kind=FailureKind.SIGN_IN_REFUSED,
        paused_at=NOW,
        pause_reason=PauseReason.SIGN_IN_REFUSED,
        next_poll_at=NOW + timedelta(minutes=20),
    )

    state = state_of(server, now=NOW + timedelta(days=2), zone=UTC)

    assert (state.kind, state.word) == ("needs", "Paused")
    assert state.trouble is not None
    assert state.trouble.next_try_at is None
    assert state.reason == (
        "imap.acme.example refused the sign-in for three days, so it is asked no more since Tue 3 Mar, 09:12: "
        "[AUTHENTICATIONFAILED] Invalid credentials. Enter the password again."
    )


def test_server_paused_by_the_plan_says_so_and_cannot_be_tried() -> None:
    server = IncomingServer(paused_at=NOW, pause_reason=PauseReason.PLAN, next_poll_at=NOW)

    state = state_of(server, now=NOW, zone=UTC)

    assert state.reason.startswith("Your plan does not include TLS for connected POP accounts since 09:12.")
    assert not state.may_try_again


@pytest.mark.parametrize(("minutes", "kind"), [(1, "waits"), (14, "waits"), (15, "needs")])
def test_short_failure_that_passes_by_itself_needs_nobody(minutes: int, kind: str) -> None:
    server = OutgoingServer(
        host="smtp.acme.example", failure_count=1, last_failure_kind=FailureKind.TRANSIENT, failing_since=NOW
    )

    state = state_of(server, now=NOW + timedelta(minutes=minutes), zone=UTC)

    assert (state.kind, state.word) == (kind, "Retrying")


@pytest.mark.parametrize(
    ("server", "kind"),
    [
        (OutgoingServer(last_success_at=NOW), "works"),
        (OutgoingServer(), "news"),
        (OutgoingServer(is_active=False), "off"),
        (OutgoingServer(failure_count=1, last_failure_kind=FailureKind.TRANSIENT), "waits"),
        (OutgoingServer(failure_count=1, last_failure_kind=FailureKind.CERTIFICATE), "needs"),
        (OutgoingServer(failure_count=1, last_failure_kind=FailureKind.INTERNAL), "waits"),
    ],
)
def test_health_maps_to_a_kind_of_state(server: OutgoingServer, kind: str) -> None:
    html = _render("{% health server %}", server=server)

    assert f"pill-{kind}" in html


@pytest.mark.parametrize(
    ("name", "address", "initials"),
    [
        ("Ada Lovelace", "ada@example.com", "AL"),
        ("Ada", "ada@example.com", "A"),
        ("", "first.last@example.com", "FL"),
        ("王小明", "wang@example.com", "王"),
        ("“Quoted” (Name)", "q@example.com", "QN"),
        ("", "", "?"),
    ],
)
def test_avatar_shows_initials(name: str, address: str, initials: str) -> None:
    assert avatar_of(name, address).initials == initials


def test_avatar_keeps_its_colour_when_the_name_changes() -> None:
    assert avatar_of("Ada", "ada@example.com").hue == avatar_of("Ada Lovelace", "ADA@example.com ").hue


def test_time_in_the_open_page_is_computed_from_now() -> None:
    html = _render("{% ago when %}", when=clock.now() - timedelta(minutes=5))

    assert ">5 min ago<" in html
