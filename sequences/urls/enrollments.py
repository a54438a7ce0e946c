"""Routes of the contacts in a sequence."""

from django.urls import URLPattern, path

from sequences.views import enrolling, enrollments, moving

_SEQUENCE = "sequences/<uuid:sequence_id>/"
_ENROLLMENT = "sequences/contacts-on-the-way/<uuid:enrollment_id>/"
_BATCH = "sequences/batches/<uuid:enrollment_batch_id>/"

urlpatterns: list[URLPattern] = [
    path(f"{_SEQUENCE}contacts/", enrollments.enrollment_list, name="enrollment-list"),
    path(f"{_SEQUENCE}contacts/add/", enrolling.enrollment_add, name="enrollment-add"),
    path(f"{_SEQUENCE}contacts/bulk/", enrollments.enrollment_bulk, name="enrollment-bulk"),
    path(f"{_SEQUENCE}contacts/export/", enrollments.enrollment_export, name="enrollment-export"),
    path(f"{_SEQUENCE}move/", moving.enrollment_move, name="enrollment-move"),
    path(_BATCH, enrolling.enrollment_batch, name="enrollment-batch"),
    path(f"{_BATCH}servers/", enrolling.enrollment_servers, name="enrollment-servers"),
    path(f"{_BATCH}preview/", enrolling.enrollment_preview, name="enrollment-preview"),
    path(f"{_BATCH}left-out/", enrolling.enrollment_left_out, name="enrollment-left-out"),
    path(_ENROLLMENT, enrollments.enrollment_detail, name="enrollment-detail"),
    path(f"{_ENROLLMENT}do/", enrollments.enrollment_do, name="enrollment-do"),
]
