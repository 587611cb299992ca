"""Django's command line. `waddlebot manage` is the same, attached to a running `waddlebot up`."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "waddlebot.settings")
    execute_from_command_line(sys.argv)
