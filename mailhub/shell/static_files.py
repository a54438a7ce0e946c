"""Serves scripts, styles and fonts."""

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]
from whitenoise.responders import Redirect, StaticFile  # type: ignore[import-untyped]


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise, but a file goes out in one piece: Django's ASGI handler reads a stream whole, and warns each time."""

    @staticmethod
    def serve(static_file: StaticFile | Redirect, request: HttpRequest) -> HttpResponse:
        found = static_file.get_response(request.method, request.META)
        content = b""
        if found.file is not None:
            with found.file as file:
                content = file.read()
        response = HttpResponse(content, status=int(found.status))
        # WhiteNoise knows the type; for 304 there is none.
        del response["Content-Type"]
        for name, value in found.headers:
            response[name] = value
        return response
