"""Template tags of the design system, built into every template. /styleguide shows each of them."""

from datetime import datetime
from typing import Any

from django import forms, template
from django.forms import BoundField
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from mailhub import clock
from mailhub.lib import times
from mailhub.shell import fields
from mailhub.shell.avatars import avatar_of
from mailhub.shell.states import STATE_ICONS, State, state_of
from servers.models import IncomingServer, OutgoingServer

register = template.Library()


@register.simple_tag
def icon(name: str, css_class: str = "") -> SafeString:
    """Draw an icon of the sprite. Its meaning stands in words beside it, so screen readers skip it.

    Write the name literally, or list it in static/icons.txt: the sprite is cut to the icons that are used.
    """
    sprite = static("vendor/icons.svg")
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#tabler-{}"></use></svg>',
        css_class,
        sprite,
        name,
    )


@register.simple_tag(takes_context=True)
def ago(context: Context, when: datetime | None, style: str = "long") -> SafeString | str:
    """Show how long ago something was (or how soon it will be), with the exact time on hover.

    `style` is "long" ("5 min ago") or "short" ("5 min"). A missing time shows as "never".
    """
    if when is None:
        return "never"
    return format_html(
        '<time datetime="{}" title="{}" data-ago="{}">{}</time>',
        when.isoformat(),
        times.exact(when, times.zone_in(context)),
        style,
        times.relative(when, now=clock.now(), zone=times.zone_in(context), style=style),
    )


@register.simple_tag(takes_context=True)
def moment(context: Context, when: datetime | None) -> SafeString | str:
    """Show the exact time in the person's time zone."""
    if when is None:
        return "never"
    return format_html('<time datetime="{}">{}</time>', when.isoformat(), times.exact(when, times.zone_in(context)))


@register.simple_tag(takes_context=True)
def at(context: Context, when: datetime) -> SafeString:
    """Show a time inside a sentence: "09:12", or with its day where that is another one; the exact time on hover."""
    zone = times.zone_in(context)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        when.isoformat(),
        times.exact(when, zone),
        times.clock_time(when, now=clock.now(), zone=zone),
    )


@register.simple_tag
def field(bound: BoundField, label: str = "", help_text: str = "", **attributes: Any) -> SafeString:
    """Show a form field whole: label, widget, help text and errors, tied together for assistive technology.

    `label` and `help_text` replace those of the form. Further arguments become attributes of the widget, with `_`
    read as `-`: `hx_get=url`, `autocomplete="off"`.
    """
    if not isinstance(bound, BoundField):
        raise template.TemplateSyntaxError("{% field %} takes a field that the form has.")
    if help_text:
        bound.help_text = help_text
    html = fields.attributes_of(bound, attributes)
    if bound.is_hidden:
        return bound.as_widget(attrs=html)
    layout = fields.layout_of(bound)
    if layout == "group":
        # Each choice draws itself from the widget, which belongs to this form alone.
        bound.field.widget.attrs |= html
    variables = {
        "field": bound,
        "label": label or bound.label,
        "layout": layout,
        "widget": bound.as_widget(attrs=html),
        "is_saved": "data-saved" in bound.field.widget.attrs,
    }
    return render_to_string("ui/field.html", variables)


@register.inclusion_tag("ui/form_errors.html")
def form_errors(form: forms.BaseForm) -> dict[str, Any]:
    """Show what is wrong with a form as a whole, hidden fields included."""
    hidden = [error for bound in form.hidden_fields() for error in bound.errors]
    return {"errors": [*form.non_field_errors(), *hidden]}


@register.simple_tag
def pill(kind: str, word: str, title: str = "", url: str = "") -> SafeString:
    """Show a state: a colour, an icon and a word. `kind` is works, waits, needs, news, off or neutral."""
    variables = {"kind": kind, "word": word, "title": title, "url": url, "icon": STATE_ICONS[kind]}
    return render_to_string("ui/pill.html", variables)


@register.simple_tag(takes_context=True)
def health(context: Context, server: IncomingServer | OutgoingServer, url: str = "") -> SafeString:
    """Show how a server is doing, with the reason and the next try."""
    state = server_state(context, server)
    return pill(state.kind, state.word, title=state.reason, url=url)


@register.simple_tag(takes_context=True)
def server_state(context: Context, server: IncomingServer | OutgoingServer) -> State:
    """Return how a server is doing in parts, for a page that says more than a pill: `{% server_state s as state %}`."""
    return state_of(server, now=clock.now(), zone=times.zone_in(context))


@register.simple_tag
def avatar(name: str, address: str = "", css_class: str = "") -> SafeString:
    """Show the initials of someone on a colour that stays theirs."""
    drawn = avatar_of(name, address)
    return format_html(
        '<span class="avatar-initials avatar-hue-{} {}" aria-hidden="true">{}</span>',
        drawn.hue,
        css_class,
        drawn.initials,
    )


@register.simple_tag(takes_context=True)
def active(context: Context, *prefixes: str) -> SafeString | str:
    """Mark a link as the current page when the name of the view starts with one of `prefixes`."""
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    if match is None or not match.view_name.startswith(prefixes):
        return ""
    return SafeString('aria-current="page"')
