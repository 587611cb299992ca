from django.apps import AppConfig


class BrowserSourcesConfig(AppConfig):
    name = "browser_sources"

    def ready(self) -> None:
        from browser_sources.personal import register_all

        register_all()
