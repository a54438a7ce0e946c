"""Addresses and forms of the pages on which sequences are written."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse

from sequences.models import Sequence, Variant

Counting = Callable[..., Any]
ADD = reverse("sequences:sequence-add")
INVALID = 422


def page_of(sequence: Sequence, name: str = "sequence-detail") -> str:
    return reverse(f"sequences:{name}", args=[sequence.pk])


def text_page(variant: Variant, name: str = "variant-change") -> str:
    return reverse(f"sequences:{name}", args=[variant.step.sequence_id, variant.step_id, variant.pk])


def variant_at(sequence: Sequence, position: int) -> Variant:
    found: Variant = Variant.objects.select_related("step").get(
        step__sequence=sequence, step__position=position, step__removed_at=None
    )
    return found


def written(variant: Variant, **fields: Any) -> dict[str, Any]:
    seen = variant.changed_at.isoformat()
    return {"subject": "New", "body": "New words", "weight": "1", "is_active": "on", "seen": seen, **fields}
