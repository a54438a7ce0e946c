"""Routes of the hours of a sequence, and of the limits of the account."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
