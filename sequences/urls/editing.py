"""Routes of sequences and of the texts of their steps."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
