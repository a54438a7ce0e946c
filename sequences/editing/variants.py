"""The texts of a step: each contact gets one of them, by weight."""

from __future__ import annotations

from collections.abc import Sequence as Listed
from datetime import datetime, timedelta
from string import ascii_uppercase

from django.db import transaction

from sequences.editing.steps import NEEDS_SUBJECT, StepRefused, Text
from sequences.models import Step, StepSend, Variant

MOST_VARIANTS = 8
LARGEST_WEIGHT = 100


class Changed(Exception):
    """Somebody else changed the text meanwhile; `now_there` is what it says now."""

    def __init__(self, now_there: Variant) -> None:
        super().__init__("Somebody else changed this text meanwhile.")
        self.now_there = now_there


def add_variant(step: Step, *, now: datetime) -> Variant:
    """Add another text, which begins as a copy of the first that is switched on; raise StepRefused."""
    with transaction.atomic():
        variants = _held(step)
        free = next((one for one in ascii_uppercase if one not in {known.label for known in variants}), None)
        if len(variants) >= MOST_VARIANTS or free is None:
            raise StepRefused(f"A step has {MOST_VARIANTS} texts at most, also those that are switched off.")
        model = next((one for one in variants if one.is_active), None)
        made: Variant = Variant.objects.create(
            tenant_id=step.tenant_id,
            step=step,
            label=free,
            weight=model.weight if model is not None else 1,
            subject=model.subject if model is not None else "",
            html=model.html if model is not None else "",
            changed_at=now,
        )
    return made


def change_variant(
    variant: Variant, text: Text, *, weight: int, is_active: bool, seen: datetime, now: datetime
) -> None:
    """Write what a text says, and how often it is sent.

    Raises StepRefused, and Changed unless it still is as it was when it was `seen`.
    """
    with transaction.atomic():
        variants = _held(variant.step)
        there = next((one for one in variants if one.pk == variant.pk), None)
        if there is None:
            raise StepRefused("Somebody has removed this text meanwhile.")
        if there.changed_at != seen:
            raise Changed(there)
        if not is_active:
            _check_another(there, variants)
        elif not text.subject and variant.step.position == 1:
            raise StepRefused(NEEDS_SUBJECT)
        # Two changes within one tick of a clock are two all the same.
        later = max(now, there.changed_at + _TICK)
        Variant.objects.filter(pk=variant.pk).update(
            subject=text.subject, html=text.html, weight=weight, is_active=is_active, changed_at=later
        )


def remove_variant(variant: Variant, *, now: datetime) -> bool:
    """Delete a text that was sent to nobody, else switch it off; return whether it is gone. Raises StepRefused."""
    with transaction.atomic():
        variants = _held(variant.step)
        _check_another(variant, variants)
        if not was_sent(variant):
            Variant.objects.filter(pk=variant.pk).delete()
            return True
        Variant.objects.filter(pk=variant.pk).update(is_active=False, changed_at=now)
    return False


def was_sent(variant: Variant) -> bool:
    """Whether it was submitted to anybody: then reports tell of it."""
    return StepSend.objects.filter(variant=variant).exists()


def _held(step: Step) -> list[Variant]:
    """Lock the step, so that two people do not change its texts at once, and return them."""
    Step.objects.select_for_update(of=("self",), no_key=True).get(pk=step.pk)
    return list(Variant.objects.filter(step=step).order_by("label", "id"))


def _check_another(variant: Variant, variants: Listed[Variant]) -> None:
    if not any(one.is_active for one in variants if one.pk != variant.pk):
        raise StepRefused("A step needs one text that is switched on. Take out the step, if nobody should get it.")


_TICK = timedelta(microseconds=1)
