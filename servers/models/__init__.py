"""Incoming and outgoing servers, the folders read from, and what went wrong with them."""

from servers.models.archives import ArchiveMode
from servers.models.errors import ServerError
from servers.models.folders import Folder, FolderRole
from servers.models.incoming import IncomingServer
from servers.models.oauth import OAuthConsent, OAuthCredential
from servers.models.outgoing import OutgoingServer

__all__ = [
    "ArchiveMode",
    "Folder",
    "FolderRole",
    "IncomingServer",
    "OAuthConsent",
    "OAuthCredential",
    "OutgoingServer",
    "ServerError",
]
