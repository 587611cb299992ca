"""WaddleBot: composition of the apps. What knows no app is in `waddlebot.lib`."""

__version__ = "0.1.0"
