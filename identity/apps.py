from allauth.account.apps import AccountConfig
from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

ACCOUNT_MIDDLEWARE = "allauth.account.middleware.AccountMiddleware"


class IdentityConfig(AppConfig):
    name = "identity"
    default = True

    def ready(self) -> None:
        from identity import handlers
        from identity.personal import register_all

        register_all()
        handlers.connect()


class AllauthAccountConfig(AccountConfig):
    """allauth looks for its middleware in MIDDLEWARE; ours stands in the pages' own chain."""

    default = False

    def ready(self) -> None:
        from allauth.account import checks  # noqa: F401 - imported to be registered

        if ACCOUNT_MIDDLEWARE not in settings.PAGES_MIDDLEWARE:
            raise ImproperlyConfigured(f"{ACCOUNT_MIDDLEWARE} must be in PAGES_MIDDLEWARE")
