"""Routes of imports of contacts."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
