"""The web process."""

import os

from django.core.asgi import get_asgi_application

from mailhub import memory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mailhub.settings")
application = get_asgi_application()
memory.settle()
