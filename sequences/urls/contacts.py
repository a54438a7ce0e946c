"""Routes of contacts, their fields and lists, and of the suppression list."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
