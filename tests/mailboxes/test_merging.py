"""Merge fields in templates (SPEC M27, SECURITY B043-B045 and B101-B106)."""

import time

import pytest

from mailboxes.merging import (
    AUTOMATIC_FIELDS,
    MAX_SOURCE,
    MergeRefused,
    check,
    merge_header,
    merge_html,
    merge_text,
)

VALUES = {field.name: field.sample for field in AUTOMATIC_FIELDS}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Hello from {{ mailbox_name }}.", "Hello from Support."),
        ("{{mailbox_name|upcase}}", "SUPPORT"),
        ('{{ company_name | default: "us" }}', "Example Ltd"),
        ('{% if mailbox_name == "Support" %}yes{% else %}no{% endif %}', "yes"),
        ("{% comment %}not said{% endcomment %}said", "said"),
        ("100 % { of } braces", "100 % { of } braces"),
    ],
)
def test_fields_are_filled_in(source: str, text: str) -> None:
    check(source, AUTOMATIC_FIELDS)

    assert merge_text(source, VALUES) == text


def test_a_default_stands_for_what_is_empty() -> None:
    assert merge_text('{{ company_name | default: "us" }}', {**VALUES, "company_name": ""}) == "us"


@pytest.mark.parametrize(
    "source",
    [
        *(
            "{{ contact.delete }}",
            "{{ mailbox_name.__class__.mro }}",
            "{{ mailbox_name.upper }}",
            "{{ mailbox_name[0] }}",
        ),
        *('{% include "x" %}', '{% render "x" %}', '{% extends "x" %}', "{% liquid echo 1 %}", '{% layout "x" %}'),
        *("{{ 7*7 }}", "{{ env.PASSWORD }}", "{{ settings.SECRET_KEY }}", "{{ ''.join }}", "{{ unknown_field }}"),
        *("{% for i in (1..1000000000) %}x{% endfor %}", '{% assign a = "x" %}', "{% capture a %}x{% endcapture %}"),
        *("{% tablerow i in (1..10) %}{% endtablerow %}", '{{ mailbox_name | replace: "S", "SSSS" }}'),
        *("{{ mailbox_name | ljust: 100000000 }}", '{{ mailbox_name | append: "x" }}', "{{ mailbox_name | safe }}"),
        *("{{ mailbox_name", "{% if mailbox_name %}", "{{ }", "{{ <b>mailbox_name</b> }}"),
    ],
)
def test_b101_to_b106_what_is_no_field_is_refused_with_words(source: str) -> None:
    with pytest.raises(MergeRefused) as refused:
        check(source, AUTOMATIC_FIELDS)

    assert 10 < len(str(refused.value)) < 400


def test_b104_a_hundred_thousand_placeholders_are_refused_at_once() -> None:
    began = time.monotonic()

    with pytest.raises(MergeRefused, match="longer"):
        merge_text("{{ mailbox_name }}" * 100_000, VALUES)

    assert time.monotonic() - began < 2


def test_b104_what_comes_out_is_a_megabyte_at_most() -> None:
    source = "{{ mailbox_name }}" * (MAX_SOURCE // 18)

    with pytest.raises(MergeRefused):
        merge_text(source, {**VALUES, "mailbox_name": "x" * 200})


def test_b105_what_is_filled_in_is_not_filled_in_again() -> None:
    assert merge_text("{{ mailbox_name }}", {**VALUES, "mailbox_name": "{{ secret }}"}) == "{{ secret }}"


def test_values_are_escaped_in_html_and_not_in_text() -> None:
    values = {**VALUES, "mailbox_name": '<img src=x onerror=alert(1)> & "Sons"'}

    assert "<img" not in merge_html("<p>{{ mailbox_name }}</p>", values)
    assert merge_text("{{ mailbox_name }}", values) == values["mailbox_name"]


def test_the_editors_entities_and_hard_spaces_in_braces_are_what_was_typed() -> None:
    html = "<p>{{&nbsp;company_name | default: &quot;us&quot; }}</p>"

    check(html, AUTOMATIC_FIELDS)

    assert merge_html(html, {**VALUES, "company_name": ""}) == "<p>us</p>"


@pytest.mark.parametrize("mark", ["\r\nBcc: z@z.example", "\x0bBcc: z", "\x1c", "\u2028Bcc: z", "\x00"])
def test_b043_to_b045_a_value_never_ends_the_line_of_a_subject(mark: str) -> None:
    subject = merge_header("From {{ mailbox_name }}", {**VALUES, "mailbox_name": f"Support{mark}"})

    assert subject.isprintable()
    assert subject.startswith("From Support")
