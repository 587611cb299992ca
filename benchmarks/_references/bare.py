"""A bare WSGI function: `/none` no I/O, `/redis` one Lua call, `/insert` a raw INSERT too."""

import os
import threading
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import psycopg

from benchmarks._references import work


class _Kept(threading.local):
    connection: "psycopg.Connection[Any] | None" = None


_kept = _Kept()


def _connection() -> "psycopg.Connection[Any]":
    if _kept.connection is None:
        _kept.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    return _kept.connection


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    status, answer = "200 OK", _answer(environ, body)
    if answer is None:
        status, answer = "401 Unauthorized", b"{}"
    start_response(
        status, [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))]
    )
    return [answer]


def _answer(environ: WSGIEnvironment, body: bytes) -> bytes | None:
    if not work.is_known(environ.get("HTTP_AUTHORIZATION", "")):
        return None
    event = work.decoder.decode(body)
    path = environ["PATH_INFO"]
    if path == "/none":
        return work.encode(work.answer_of(event))
    found = work.ask_redis(event)
    if path == "/insert":
        _connection().execute(work.INSERT, work.row_of(event, *found))
    return work.encode(work.answer_of(event, *found))
