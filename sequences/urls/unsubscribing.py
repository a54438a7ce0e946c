"""Routes that recipients follow from a mail, without an account."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
