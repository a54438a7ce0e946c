"""Signs of life of the workers. They belong to the installation and not to a tenant."""

from django.db import models


class Heartbeat(models.Model):
    """When the workers of one queue last did something."""

    name = models.CharField(max_length=32, unique=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.beat_at}"
