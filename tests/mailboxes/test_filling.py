"""Templates in what people write: marks for what has no value, and nothing is filled in twice (SPEC M27, TC12)."""

import time

import pytest

from mailboxes.merging import (
    LETTER_FIELDS,
    MAX_SOURCE,
    SIGNATURE_FIELDS,
    Field,
    MergeRefused,
    check,
    fields_in,
    fill_header,
    fill_html,
    missing,
    unfilled,
)

VALUES = {field.name: field.sample for field in LETTER_FIELDS}
HOSTILE = [
    *("{{ contact.delete }}", "{{ contact_name.__class__ }}", "{{ contact_name[0] }}", "{{ contact_name.upper }}"),
    *('{% include "x" %}', '{% render "x" %}', "{% assign a = 1 %}", "{% for i in (1..9) %}x{% endfor %}"),
    *("{{ 7*7 }}", "{{ settings.SECRET_KEY }}", "{{ secret }}", "{{ contact_name | append: 'x' }}", "{{ contact_name"),
]


@pytest.mark.parametrize("source", HOSTILE)
@pytest.mark.parametrize("fields", [LETTER_FIELDS, SIGNATURE_FIELDS])
def test_b101_to_b103_and_b106_what_is_no_field_is_refused_before_it_is_saved(
    source: str, fields: tuple[Field, ...]
) -> None:
    with pytest.raises(MergeRefused):
        check(source, fields)


def test_b104_a_hundred_thousand_placeholders_are_refused_at_once() -> None:
    began = time.monotonic()

    with pytest.raises(MergeRefused, match="longer"):
        fill_html("{{ contact_name }}" * 100_000, VALUES)
    with pytest.raises(MergeRefused):
        fill_html("{{ contact_name }}" * (MAX_SOURCE // 18), {**VALUES, "contact_name": "x" * 500})

    assert time.monotonic() - began < 30


def test_b104_a_letter_full_of_marks_is_looked_through_in_linear_time() -> None:
    began = time.monotonic()

    assert unfilled("{{ contact_name }}" * 100_000) == ["contact_name"]
    assert unfilled("{{ " * 300_000) == []
    assert unfilled("{{ a" + " " * 300_000) == []

    assert time.monotonic() - began < 30


def test_b105_a_value_that_looks_like_a_field_stays_text_and_is_no_mark() -> None:
    filled = fill_html("<p>{{ contact_name }}</p>", {**VALUES, "contact_name": "{{ company_name }}\ue000date\ue001"})

    assert filled.text == "<p>{{ company_name }}date</p>"
    assert filled.unfilled == ()


def test_a_field_without_a_value_stays_as_a_mark_and_is_named() -> None:
    values = {**VALUES, "contact_first_name": "", "contact_name": ""}

    filled = fill_html("<p>Hello {{contact_first_name}}, {{ contact_name | upcase }}, {{ my_name }}</p>", values)

    assert filled.text == "<p>Hello {{ contact_first_name }}, {{ contact_name }}, Anna Lund</p>"
    assert filled.unfilled == ("contact_first_name", "contact_name")
    assert unfilled(filled.text) == ["contact_first_name", "contact_name"]


@pytest.mark.parametrize(
    "source",
    [
        '{{ contact_first_name | default: "there" }}',
        '{{ contact_first_name | default: "" }}',
        "{% if contact_first_name %}{{ contact_first_name }}{% endif %}",
        "{% unless contact_first_name %}Hello{% else %}{{ contact_first_name }}{% endunless %}",
        '{{ "" }}',
    ],
)
def test_a_field_with_a_default_or_behind_a_condition_is_not_missing(source: str) -> None:
    assert missing(source, {**VALUES, "contact_first_name": ""}) == []


def test_missing_names_the_fields() -> None:
    found = missing("{{ contact_name }} {{ date }}", {**VALUES, "contact_name": "", "date": ""})

    assert [field.name for field in found] == ["contact_name", "date"]


def test_marks_are_found_as_editors_and_people_write_them() -> None:
    text = (
        "{{contact_name}} {{&nbsp;date&nbsp;}} {{ date }} {{ subject | default: 'x' }} {{ mustache }} { { my_name } }"
    )

    assert unfilled(text) == ["contact_name", "date", "subject"]


@pytest.mark.parametrize("mark", ["\r\nBcc: z@z.example", "\x0bBcc: z", "\x1c", "\u2028Bcc: z", "\x00"])
def test_b045_a_value_never_ends_the_line_of_a_subject(mark: str) -> None:
    filled = fill_header("For {{ contact_name }}", {**VALUES, "contact_name": f"Nina{mark}"})

    assert filled.text.isprintable()
    assert filled.text.startswith("For Nina")


def test_values_are_escaped_in_html() -> None:
    filled = fill_html("<p>{{ contact_name }}</p>", {**VALUES, "contact_name": "<img src=x onerror=alert(1)>"})

    assert "<img" not in filled.text


def test_the_fields_of_a_template_are_known() -> None:
    assert fields_in("{{&nbsp;contact_name }} {% if date %}{{ my_name }}{% endif %}") == {
        "contact_name",
        "date",
        "my_name",
    }
