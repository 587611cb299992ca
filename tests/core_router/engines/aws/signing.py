"""Signature Version 4, checked as AWS writes it down, without AWS's SDK."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<scope>(?P<day>\d{8})/(?P<region>[^/]+)"
    r"/(?P<service>[^/]+)/aws4_request), SignedHeaders=(?P<signed>[^,]+), "
    r"Signature=(?P<signature>[0-9a-f]{64})"
)


class BadSignatureError(Exception):
    """Its text is the code that AWS answers with."""


@dataclass(frozen=True)
class Signer:
    key_id: str
    region: str


def signer_of(
    path: str, headers: Mapping[str, str], body: bytes, *, keys: Mapping[str, str], service: str
) -> Signer:
    headers = {name.lower(): value for name, value in headers.items()}
    found = AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if found is None or found["service"] != service:
        raise BadSignatureError("MissingAuthenticationTokenException")
    if found["key"] not in keys:
        raise BadSignatureError("UnrecognizedClientException")
    parts, names = urlsplit(path), found["signed"].split(";")
    request = "\n".join(
        [
            "POST",
            quote(parts.path, safe="/~"),
            "&".join(sorted(parts.query.split("&"))),
            *(f"{name}:{' '.join(headers[name].split())}" for name in names),
            "",
            found["signed"],
            hashlib.sha256(body).hexdigest(),
        ]
    )
    text = "\n".join(
        [
            "AWS4-HMAC-SHA256",
            headers["x-amz-date"],
            found["scope"],
            hashlib.sha256(request.encode()).hexdigest(),
        ]
    )
    key = f"AWS4{keys[found['key']]}".encode()
    for part in found["scope"].split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    if not hmac.compare_digest(
        hmac.digest(key, text.encode(), "sha256").hex(), found["signature"]
    ):
        raise BadSignatureError("InvalidSignatureException")
    return Signer(found["key"], found["region"])
