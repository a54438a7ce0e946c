"""Routes of the set-up: mailboxes, their servers, their errors."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
