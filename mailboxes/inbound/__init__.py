"""Takes in mail for the direct addresses of mailboxes, by SMTP (RFC 5321) and LMTP (RFC 2033) (SPEC M14).

What is answered with 250 is stored: its bytes are on the disk and its row is committed. Anything else is answered with
4yz, and the client sends it again.

The protocol is spoken here and not by a library. The one at hand keeps an object for each line, so 25 MB of empty lines
take 2 GB and stop the loop for 18 seconds (SECURITY B055); it has one reply for all recipients, and takes commands that
end with a bare LF.
"""

from mailboxes.inbound.listener import Listener
from mailboxes.inbound.options import Options

__all__ = ["Listener", "Options"]
