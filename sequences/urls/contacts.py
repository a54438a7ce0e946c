"""Routes of contacts, their fields and lists, and of the suppression list."""

from django.urls import URLPattern, path

from sequences.views import bulk, contacts, fields, lists, merging, suppression

_CONTACT = "contacts/<uuid:contact_id>/"
_LIST = "contacts/lists/<uuid:contact_list_id>/"
_FIELD = "settings/contact-fields/<uuid:contact_field_id>/"

urlpatterns: list[URLPattern] = [
    path("contacts/", contacts.contact_list, name="contact-list"),
    path("contacts/add/", contacts.contact_add, name="contact-add"),
    path("contacts/bulk/", bulk.contact_bulk, name="contact-bulk"),
    path("contacts/export/", bulk.contact_export, name="contact-export"),
    path("contacts/lists/", lists.list_list, name="list-list"),
    path("contacts/lists/add/", lists.list_add, name="list-add"),
    path(_LIST, lists.list_change, name="list-change"),
    path(f"{_LIST}delete/", lists.list_delete, name="list-delete"),
    path("contacts/suppression/", suppression.suppression_list, name="suppression-list"),
    path("contacts/suppression/add/", suppression.suppression_add, name="suppression-add"),
    path("contacts/suppression/export/", suppression.suppression_export, name="suppression-export"),
    path(
        "contacts/suppression/addresses/<uuid:standing_id>/remove/",
        suppression.suppression_remove,
        name="suppression-remove",
    ),
    path(
        "contacts/suppression/domains/<uuid:suppressed_domain_id>/remove/",
        suppression.suppressed_domain_remove,
        name="suppressed-domain-remove",
    ),
    path(_CONTACT, contacts.contact_detail, name="contact-detail"),
    path(f"{_CONTACT}change/", contacts.contact_change, name="contact-change"),
    path(f"{_CONTACT}delete/", contacts.contact_delete, name="contact-delete"),
    path(f"{_CONTACT}lists/", contacts.contact_lists, name="contact-lists"),
    path(f"{_CONTACT}merge/", merging.contact_merge, name="contact-merge"),
    path("settings/contact-fields/", fields.field_list, name="field-list"),
    path("settings/contact-fields/add/", fields.field_add, name="field-add"),
    path(_FIELD, fields.field_change, name="field-change"),
    path(f"{_FIELD}move/", fields.field_move, name="field-move"),
    path(f"{_FIELD}delete/", fields.field_delete, name="field-delete"),
]
