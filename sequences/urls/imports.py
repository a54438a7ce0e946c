"""Routes of imports of contacts."""

from django.urls import URLPattern, path

from sequences.views import import_steps, imports

_IMPORT = "contacts/imports/<uuid:contact_import_id>/"

urlpatterns: list[URLPattern] = [
    path("contacts/imports/", imports.import_list, name="import-list"),
    path("contacts/imports/add/", imports.import_add, name="import-add"),
    path(_IMPORT, imports.import_detail, name="import-detail"),
    path(f"{_IMPORT}progress/", imports.import_progress, name="import-progress"),
    path(f"{_IMPORT}refused/", imports.import_refused, name="import-refused"),
    path(f"{_IMPORT}columns/", import_steps.import_columns, name="import-columns"),
    path(f"{_IMPORT}shape/", import_steps.import_shape, name="import-shape"),
    path(f"{_IMPORT}run/", import_steps.import_run, name="import-run"),
    path(f"{_IMPORT}stop/", import_steps.import_stop, name="import-stop"),
    path(f"{_IMPORT}go-on/", import_steps.import_go_on, name="import-go-on"),
    path(f"{_IMPORT}undo/", import_steps.import_undo, name="import-undo"),
    path(f"{_IMPORT}discard/", import_steps.import_discard, name="import-discard"),
]
