"""Routes that recipients and their mail programs follow from a mail, without an account."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
