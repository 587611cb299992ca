"""A small client for the JSON of the API."""

import json as encoding
from collections.abc import Mapping
from typing import Any

from django.test import Client


class Api:
    """Speaks JSON with `key`, or with the one a call names; with `key=None` as nobody.

    `json` may be bytes, to send what is no JSON.
    """

    def __init__(self, key: str | None = None) -> None:
        self.key = key
        self.client = Client()

    def get(self, path: str, **rest: Any) -> Any:
        return self.send("GET", path, **rest)

    def post(self, path: str, json: Any = None, **rest: Any) -> Any:
        return self.send("POST", path, json, **rest)

    def patch(self, path: str, json: Any = None, **rest: Any) -> Any:
        return self.send("PATCH", path, json, **rest)

    def delete(self, path: str, json: Any = None, **rest: Any) -> Any:
        return self.send("DELETE", path, json, **rest)

    def send(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        key: Any = ...,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        key = self.key if key is ... else key
        sent = {"Authorization": f"Bearer {key}"} if key else {}
        body = json if isinstance(json, bytes) else encoding.dumps(json).encode()
        return self.client.generic(
            method,
            path,
            b"" if json is None else body,
            content_type="application/json",
            headers=sent | dict(headers or {}),
        )
