"""Routes that recipients and their mail programs follow from a mail, without an account."""

from django.urls import URLPattern, path

from sequences.views import tracking

urlpatterns: list[URLPattern] = [
    path("o/<str:token>", tracking.track_open, name="track-open"),
    path("c/<str:token>", tracking.track_click, name="track-click"),
]
