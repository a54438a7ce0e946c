"""The document inside the frame that shows the HTML of a mail (SECURITY TC2)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString

from mailboxes.showing import content_policy
from mailhub.lib.html import RemoteContent


def wanted_remote(request: HttpRequest) -> RemoteContent:
    """Return whether the person asked for the pictures that the mail fetches from elsewhere."""
    return RemoteContent.SHOWN if request.GET.get("remote") == "1" else RemoteContent.BLOCKED


def frame_response(request: HttpRequest, content: SafeString, remote: RemoteContent) -> HttpResponse:
    """Return sanitised content as a document without script, and without remote pictures before consent."""
    response = render(request, "mailboxes/mail/frame.html", {"content": content})
    response["Content-Security-Policy"] = content_policy(remote)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Content-Type-Options"] = "nosniff"
    return response
