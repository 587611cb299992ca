"""Modules outside with every kind of secret, called while everything they leave is collected."""

import json
import secrets
from base64 import b64encode
from typing import Any

import httpx

from tests.core_router.engines.server import Asked, ModuleServer, Told
from tests.runtime.running import Up

PLACE = "/router/v1/communities/rookery"
GIVEN = b64encode(b"canary of a webhook, given by us").decode()
SECRETS = {
    "webhook secret, given": GIVEN,
    "AWS secret": "canary" + secrets.token_hex(17),
    "OpenWhisk key": "canary" + secrets.token_hex(29),
    "word a module said": "canary-in-the-answer",
}


def environment(module: ModuleServer) -> dict[str, str]:
    here = f"http://127.0.0.1:{module.server_port}"
    return {
        "ENGINE_ALLOWED_HOSTS": "127.0.0.1",
        "OPENWHISK_API_HOST": here,
        "AWS_ENDPOINT_URL_LAMBDA": here,
    }


def engines(module: ModuleServer) -> dict[str, dict[str, Any]]:
    key = f"23bc46b1-71f6-4ed5-8c54-816aa4f8c502:{SECRETS['OpenWhisk key']}"
    return {
        "given": {"type": "webhook", "url": module.url, "secret": f"whsec_{GIVEN}"},
        "made": {"type": "container", "url": module.url},
        "cloud": {
            "type": "lambda", "function": "hello", "region": "eu-central-1",
            "secret": f"AKIAIOSFODNN7CANARY0:{SECRETS['AWS secret']}",
        },
        "whisk": {"type": "openwhisk", "action": "hello", "secret": key},
    }  # fmt: skip


def call_modules(up: Up, module: ModuleServer) -> dict[str, str]:
    """Make them, call them, rotate their secrets; return all that was secret in it."""
    demo = json.loads(up.run("demo", "--json").stdout)
    found = dict(SECRETS)
    url = f"http://127.0.0.1:{up.port}"
    with httpx.Client(base_url=url, headers={"X-API-Key": demo["admin_key"]}, timeout=30) as admin:
        for name, engine in engines(module).items():
            wish = {"name": name, "prefix": "#", "engine": engine}
            # The answer is kept for whoever asks again.
            head = {"Idempotency-Key": f"canary-{name}"}
            made = admin.post(f"{PLACE}/commands", json=wish, headers=head)
            assert made.status_code == 201, made.text
            if name == "made":
                found["webhook secret, made"] = _secret_of(made)
                rotated = admin.post(
                    f"{PLACE}/commands/{made.json()['id']}/rotate-secret", json={}
                )
                found["webhook secret, rotated"] = _secret_of(rotated)
        hook = {"message_types": ["follow"], "engine": {"type": "webhook", "url": module.url}}
        found["secret of a hook"] = _secret_of(admin.post(f"{PLACE}/event-hooks", json=hook))
    found |= _ask(url, demo["collector_key"], module)
    return found


def _secret_of(answer: httpx.Response) -> str:
    return str(answer.json()["engine"]["secret"]).removeprefix("whsec_")


def _ask(url: str, key: str, module: ModuleServer) -> dict[str, str]:
    """Call each of them, and let the first answer later; return the tokens it was given."""
    answers = iter([Told(202)])
    bad = Told(500, json.dumps({"text": SECRETS["word a module said"]}).encode())
    module.say = lambda asked: next(answers, bad) if _is_ours(asked) else bad
    event = {
        "platform": "twitch", "server_id": "rookery", "user_id": "42", "user_name": "alice",
        "message_type": "chatMessage",
    }  # fmt: skip
    with httpx.Client(base_url=url, headers={"X-API-Key": key}, timeout=30) as client:
        for name in engines(module):
            said = client.post("/router/v1/events", json={**event, "message_content": f"#{name}"})
            assert said.json()["outcome"] in {"pending", "failed"}, said.text
        client.post("/router/v1/events", json={**event, "message_type": "follow"})
    calls = [asked.json() for asked in module.asked if _is_ours(asked)]
    tokens = [call["response_token"] for call in calls]
    late = {name: calls[0][name] for name in ("execution_id", "session_id")}
    head = {"Authorization": f"Bearer {tokens[0]}"}
    for _ in range(2):
        httpx.post(f"{url}/router/v1/responses", json={**late, "text": "Late."}, headers=head)
    return {f"token {number}": token for number, token in enumerate(tokens)}


def _is_ours(asked: Asked) -> bool:
    return "webhook-id" in asked.headers
