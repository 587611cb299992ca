"""The least a Django project needs to answer an authenticated JSON request through DRF."""

from waddlebot.lib.env import Env

env = Env()
SECRET_KEY = env.text("SECRET_KEY")
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "benchmarks._references.framework"
DATABASES = {"default": env.database("DATABASE_URL", "")}
INSTALLED_APPS = ["rest_framework"]
MIDDLEWARE: list[str] = []
USE_TZ = True
REST_FRAMEWORK = {"UNAUTHENTICATED_USER": None}
