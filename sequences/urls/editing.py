"""Routes of sequences and of the texts of their steps."""

from django.urls import URLPattern, path

from sequences.views import editing, step_previews, steps, variants

_SEQUENCE = "sequences/<uuid:sequence_id>/"
_STEPS = f"{_SEQUENCE}steps/"
_STEP = f"{_STEPS}<uuid:step_id>/"
_VARIANT = f"{_STEP}texts/<uuid:variant_id>/"

urlpatterns: list[URLPattern] = [
    path("sequences/add/", editing.sequence_add, name="sequence-add"),
    path(_SEQUENCE, steps.sequence_detail, name="sequence-detail"),
    path(f"{_SEQUENCE}settings/", editing.sequence_settings, name="sequence-settings"),
    path(f"{_SEQUENCE}copy/", editing.sequence_copy, name="sequence-copy"),
    path(f"{_SEQUENCE}delete/", editing.sequence_delete, name="sequence-delete"),
    path(f"{_STEPS}add/", steps.step_add, name="step-add"),
    path(f"{_STEPS}preview/", step_previews.step_preview, name="step-preview"),
    path(f"{_STEPS}test/", step_previews.step_test, name="step-test"),
    path(_STEP, steps.step_change, name="step-change"),
    path(f"{_STEP}move/", steps.step_move, name="step-move"),
    path(f"{_STEP}remove/", steps.step_remove, name="step-remove"),
    path(f"{_STEP}texts/add/", variants.variant_add, name="variant-add"),
    path(_VARIANT, variants.variant_change, name="variant-change"),
    path(f"{_VARIANT}remove/", variants.variant_remove, name="variant-remove"),
]
