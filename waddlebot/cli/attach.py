"""How a command finds a running `waddlebot up`, or the servers the environment names."""

import argparse
import os
from pathlib import Path

from waddlebot.runtime.folder import DataFolder, Refusal, default_folder, elsewhere


def add_data_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=lambda text: Path(text).expanduser().absolute(),
        metavar="DIR",
        help="data folder (default: WADDLEBOT_DATA, else /var/lib/waddlebot for root, "
        "else ~/.local/share/waddlebot)",
    )


def folder_of(options: argparse.Namespace) -> DataFolder:
    return DataFolder(getattr(options, "data", None) or default_folder())


def use_django(options: argparse.Namespace, *, required: bool = True) -> None:
    """Load Django, attached to what runs on the data folder or is named by the environment."""
    # An environment that names everything is about those servers, whatever else runs here.
    if not _is_told() and not attach(options) and required:
        raise Refusal(
            f"WaddleBot is not running on {folder_of(options).path}: start it with "
            "`waddlebot up`, name another folder with --data, or set DATABASE_URL, REDIS_URL "
            "and SECRET_KEY"
        )
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "waddlebot.settings")
    # A command line's own logs are for its user; what is not said stays out of `--json`.
    os.environ.setdefault("LOG_FORMAT", "console")
    if required:
        os.environ.setdefault("LOG_LEVEL", "WARNING")
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()


def _is_told() -> bool:
    redis = "REDIS_URL" in os.environ or "REDIS_HOST" in os.environ
    return redis and {"DATABASE_URL", "SECRET_KEY"} <= os.environ.keys()


def attach(options: argparse.Namespace) -> bool:
    """Attach to the chosen folder; when none was chosen, also to the last `up --data …`."""
    if folder_of(options).attach():
        return True
    if getattr(options, "data", None) or os.environ.get("WADDLEBOT_DATA"):
        return False
    try:
        return DataFolder(Path(elsewhere().read_text())).attach()
    except OSError:
        return False
