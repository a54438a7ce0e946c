"""Routes that recipients follow from a mail, without an account."""

from django.urls import path

from sequences.views import unsubscribing

urlpatterns = [path("u/<str:token>", unsubscribing.unsubscribe, name="unsubscribe")]
