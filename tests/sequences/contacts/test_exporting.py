"""Contacts leave as CSV that no program for tables runs (SECURITY B117-B119)."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncRequestFactory, Client
from django.urls import reverse

from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from sequences.contacts import exporting
from sequences.contacts.suppressing import suppress
from sequences.exporting import csv_response, safe_cell
from sequences.models import ContactField, ContactList, ListEntry
from tests.factories import Cast, signed_in
from tests.sequences.factories import make_contact

pytestmark = pytest.mark.django_db

EXPORT = reverse("sequences:contact-export")


def content_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def table_of(browser: Client, url: str, form: dict[str, object] | None = None) -> list[dict[str, str]]:
    answer = browser.get(url) if form is None else browser.post(url, form)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(content_of(answer).decode())))


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@x", "\tx", "\rx", "＝1"])
def test_what_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_no_cell_of_a_contact_is_a_formula(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        ContactField.objects.create(tenant=cast.tenant, key="note", label="=Note", kind="text", created_at=clock.now())
    make_contact(
        cast.tenant, "nina@customer.example", company="=cmd|'/C calc'!A0", phone="+44 1", custom={"note": "-1"}
    )

    [row] = table_of(signed_in(cast.member), EXPORT)

    assert (row["Company"], row["Phone"], row["'=Note"]) == ("'=cmd|'/C calc'!A0", "'+44 1", "'-1")
    assert row["E-mail address"] == "nina@customer.example"


def test_everything_is_quoted_and_excel_knows_the_encoding_by_the_mark(cast: Cast) -> None:
    make_contact(cast.tenant, "nina@customer.example", company="Käse, “feine”\n")

    answer = signed_in(cast.member).get(f"{EXPORT}?excel=1")

    content = content_of(answer)
    assert content.startswith(b'\xef\xbb\xbf"E-mail address",')
    assert answer["Content-Disposition"] == "attachment; filename*=UTF-8''contacts.csv"


def test_the_filters_of_the_list_hold_for_the_file(cast: Cast) -> None:
    nina = make_contact(cast.tenant, "nina@customer.example", company="Nordlicht")
    make_contact(cast.tenant, "otto@elsewhere.example")
    with tenant_scope(cast.tenant.pk):
        fair = ContactList.objects.create(tenant=cast.tenant, name="Fair", created_at=clock.now())
        ListEntry.objects.create(tenant=cast.tenant, list=fair, contact=nina, added_at=clock.now())

    [row] = table_of(signed_in(cast.member), f"{EXPORT}?list={fair.pk}&q=nord")

    assert (row["E-mail address"], row["Lists"]) == ("nina@customer.example", "Fair")


def test_only_who_is_selected_is_written(cast: Cast) -> None:
    nina = make_contact(cast.tenant, "nina@customer.example")
    make_contact(cast.tenant, "otto@elsewhere.example")

    rows = table_of(signed_in(cast.member), EXPORT, {"contact": [str(nina.pk)]})

    assert [row["E-mail address"] for row in rows] == ["nina@customer.example"]


def test_a_file_holds_nobody_of_another_account(cast: Cast) -> None:
    foreign = make_contact(cast.other_tenant)

    assert table_of(signed_in(cast.member), EXPORT) == []
    assert table_of(signed_in(cast.member), EXPORT, {"contact": [str(foreign.pk)]}) == []


def test_after_signing_out_there_is_no_file(cast: Cast) -> None:
    browser = signed_in(cast.member)
    browser.logout()

    assert browser.get(EXPORT).status_code == 302


def test_many_contacts_are_read_batch_by_batch(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "_BATCH", 2)
    written = {make_contact(cast.tenant).written_address for _number in range(5)}

    rows = table_of(signed_in(cast.member), EXPORT)

    assert [len(rows), {row["E-mail address"] for row in rows}] == [5, written]


def test_the_suppression_list_says_why(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        suppress("nina@customer.example", "Asked", by=cast.owner, now=clock.now())
        suppress("rival.example", "=1+1", by=cast.owner, now=clock.now())

    rows = table_of(signed_in(cast.member), reverse("sequences:suppression-export"))

    assert [(row["Address or domain"], row["Why"], row["In words"]) for row in rows] == [
        ("rival.example", "Domain", "'=1+1"),
        ("nina@customer.example", "Unsubscribed", ""),
    ]


def test_the_web_server_gets_a_batch_at_a_time() -> None:
    read: list[int] = []

    def batches() -> Iterator[list[list[str]]]:
        for number in range(3):
            read.append(number)
            yield [[str(number)]]

    async def first_two() -> list[bytes]:
        answer = csv_response(AsyncRequestFactory().get("/"), 1, "n.csv", ["N"], batches, for_excel=False)
        chunks = aiter(answer)
        return [await anext(chunks), await anext(chunks)]

    assert async_to_sync(first_two)() == [b'"N"\r\n', b'"0"\r\n']
    assert read == [0]
