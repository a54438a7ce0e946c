#!/usr/bin/env python
"""Django's command line."""

import os
import sys

from django.core.management import execute_from_command_line

from mailhub.environment import stand_in

# They read files and answer: nothing has to be installed, configured or running.
NEED_NO_INSTALLATION = {"inspect_message"}

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mailhub.settings")
    if sys.argv[1:2] and sys.argv[1] in NEED_NO_INSTALLATION:
        stand_in()
    execute_from_command_line(sys.argv)
