"""Routes of billing, named `billing:<noun>-<verb>`."""

from billing.urls import documents, paying, plans, profile

app_name = "billing"

urlpatterns = [*plans.urlpatterns, *documents.urlpatterns, *paying.urlpatterns, *profile.urlpatterns]
