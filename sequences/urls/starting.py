"""Routes of the list of sequences, and of what starts, pauses and puts them away."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
