"""Routes of the list of sequences, and of what starts, pauses and puts them away."""

from django.urls import URLPattern, path

from sequences.views import sequence_list, starting

_SEQUENCE = "sequences/<uuid:sequence_id>/"

urlpatterns: list[URLPattern] = [
    path("sequences/", sequence_list.sequence_list, name="sequence-list"),
    path(f"{_SEQUENCE}start/", starting.sequence_start, name="sequence-start"),
    path(f"{_SEQUENCE}pause/", starting.sequence_pause, name="sequence-pause"),
    path(f"{_SEQUENCE}archive/", starting.sequence_archive, name="sequence-archive"),
    path(f"{_SEQUENCE}restore/", starting.sequence_restore, name="sequence-restore"),
]
