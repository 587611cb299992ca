"""`python -m waddlebot` is `waddlebot`."""

import sys

from waddlebot.cli import main

sys.exit(main())
