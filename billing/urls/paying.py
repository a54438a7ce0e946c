"""Cards, payments, and the events of the payment provider."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
