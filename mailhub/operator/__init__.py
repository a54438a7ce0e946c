"""The operator's desk: Django's admin, for those who run the platform."""
