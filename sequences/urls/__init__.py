"""Routes of contacts and sequences, named `sequences:<noun>-<verb>`."""

from sequences.urls import (
    contacts,
    editing,
    enrollments,
    imports,
    reports,
    schedules,
    starting,
    tracking,
    unsubscribing,
)

app_name = "sequences"
urlpatterns = [
    *contacts.urlpatterns,
    *imports.urlpatterns,
    *starting.urlpatterns,
    *editing.urlpatterns,
    *enrollments.urlpatterns,
    *schedules.urlpatterns,
    *reports.urlpatterns,
    *unsubscribing.urlpatterns,
    *tracking.urlpatterns,
]
