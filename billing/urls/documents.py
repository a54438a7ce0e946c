"""Invoices and credit notes."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
