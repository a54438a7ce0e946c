"""Routes of the mail itself: inbox, conversations, messages, writing."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
