"""Routes of the contacts in a sequence."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
