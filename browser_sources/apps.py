from django.apps import AppConfig


class BrowserSourcesConfig(AppConfig):
    name = "browser_sources"
