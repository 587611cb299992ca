"""YouTube's live chat, asked for again and again: https://developers.google.com/youtube/v3/live."""

from waddlebot.collectors.youtube.api import Api
from waddlebot.collectors.youtube.chat import YouTube

__all__ = ["Api", "YouTube"]
