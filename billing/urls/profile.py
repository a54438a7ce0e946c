"""Who invoices are made out to."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
