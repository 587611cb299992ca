"""Slack over Socket Mode, by slack_sdk: https://docs.slack.dev/apis/events-api/using-socket-mode."""

from waddlebot.collectors.slack.chat import Slack

__all__ = ["Slack"]
