from django.apps import AppConfig


class WaddlebotConfig(AppConfig):
    name = "waddlebot"

    def ready(self) -> None:
        # Imported for their effect: tasks go to our broker, and the schema knows our classes.
        from waddlebot import celery  # noqa: F401
        from waddlebot.lib import metrics, openapi, worker  # noqa: F401

        metrics.time_queries()
        worker.connect()
