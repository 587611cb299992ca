"""A browser that fills in forms as a person does."""

import re
from html.parser import HTMLParser
from typing import Any

from django.core import mail
from django.test import Client

ACCOUNT = "/identity/account"
PASSWORD = "correct horse battery"
CODE = re.compile(r"\b[B-Z]{4}-[B-Z]{4}\b")


class Browser(Client):
    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=True)

    def fill(self, path: str, **fields: str) -> Any:
        """Open a page of the account and send its form."""
        self.get(f"{ACCOUNT}{path}")
        return self.send(path, **fields)

    def send(self, path: str, **fields: str) -> Any:
        token = self.cookies["csrftoken"].value
        return self.post(f"{ACCOUNT}{path}", {"csrfmiddlewaretoken": token, **fields})

    def sign_up(self, username: str = "bob", email: str = "bob@example.org") -> Any:
        return self.fill("/signup/", username=username, email=email, password1=PASSWORD)

    def sign_in(self, login: str, password: str = PASSWORD) -> Any:
        return self.fill("/login/", login=login, password=password)

    def is_signed_in(self) -> bool:
        return self.get("/portal/").status_code == 200


def code_of_last_mail() -> str:
    found = CODE.search(str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found[0]


class Fields(HTMLParser):
    """Collects what every field of a page must have."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: set[str] = set()
        self.labelled: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in {"input", "textarea"} and values.get("type") != "hidden":
            self.fields.add(str(values.get("id")))
        if tag == "label":
            self.labelled.add(str(values.get("for")))
