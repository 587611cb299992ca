"""What goes wrong with AWS, as whoever wrote a function is told. Nothing it answered is in it."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final

import msgspec

from core_router.engines.base import EngineError
from core_router.engines.http import wait_of
from waddlebot.lib.http import OutboundError, TimedOutError

CODE: Final = re.compile(r"[A-Za-z0-9.]{1,80}")
REQUEST_ID: Final = re.compile(r"[0-9a-f-]{36}")
BAD_CREDENTIALS: Final = "bad_credentials"
UNKNOWN_KEYS: Final = (BAD_CREDENTIALS, "AWS does not know the keys that it was called with.")
REFUSED: Final = {
    "ResourceNotFoundException": ("no_such_function", "AWS knows no such function, or version."),
    "AccessDeniedException": ("not_allowed", "AWS does not allow us to call this function."),
    "AccessDenied": (
        "not_allowed",
        "AWS does not let us take on this role: it has to trust us, with the external_id shown.",
    ),
    "RequestTooLargeException": ("too_large", "What it was sent is too large for AWS Lambda."),
    **dict.fromkeys(
        (
            "UnrecognizedClientException", "InvalidSignatureException", "SignatureDoesNotMatch",
            "InvalidClientTokenId", "ExpiredTokenException", "ExpiredToken",
        ),
        UNKNOWN_KEYS,
    ),
}  # fmt: skip
THROTTLED: Final = "AWS throttles calls of this function."
# These come with a 5xx, and stay until somebody mends the function's settings.
LASTING: Final = frozenset({
    "EC2AccessDeniedException", "InvalidRuntimeException", "InvalidSecurityGroupIDException",
    "InvalidSubnetIDException", "InvalidZipFileException", "KMSAccessDeniedException",
    "KMSDisabledException", "KMSInvalidStateException", "KMSNotFoundException",
})  # fmt: skip
# What AWS itself says of a function that did not come to an answer.
ENDED: Final = {
    "Sandbox.Timedout": "ran out of the time its settings give it",
    "Runtime.OutOfMemory": "ran out of memory",
    "Runtime.ExitError": "ended its process",
    "Runtime.ImportModuleError": "cannot be imported",
    "Runtime.UserCodeSyntaxError": "has an error in its syntax",
    "Runtime.HandlerNotFound": "has no such handler",
    "Runtime.MarshalError": "returned what cannot be written as JSON",
    "Function.ResponseSizeTooLarge": "answered more than AWS Lambda takes",
}
TIMED_OUT: Final = re.compile(r"Task timed out after [0-9.]+ seconds")


class _Failure(msgspec.Struct):
    """What AWS answers for a function that failed."""

    type: str = msgspec.field(default="", name="errorType")
    message: str = msgspec.field(default="", name="errorMessage")


@contextmanager
def told_as_ours() -> Iterator[None]:
    """Turn what the SDK raises into EngineError."""
    from botocore import exceptions as aws  # noqa: PLC0415

    try:
        yield
    except aws.ClientError as error:
        raise _of_status(error.response) from None
    except aws.ReadTimeoutError:
        raise EngineError(TimedOutError.code, TimedOutError.text) from None
    except (aws.ConnectionError, aws.HTTPClientError):
        raise EngineError(OutboundError.code, OutboundError.text, is_temporary=True) from None
    except aws.NoRegionError:
        raise EngineError("no_region", "Nobody said in which region it is.") from None
    except (aws.NoCredentialsError, aws.PartialCredentialsError, aws.CredentialRetrievalError):
        raise EngineError(BAD_CREDENTIALS, "This WaddleBot has no keys for AWS.") from None
    except aws.BotoCoreError:
        raise EngineError("module_error", "AWS could not be asked.") from None


def function_error(body: bytes, request_id: str) -> EngineError:
    """Return why a function failed, as far as AWS says it, and where its log says more."""
    try:
        failure = msgspec.json.decode(body, type=_Failure)
    except msgspec.MsgspecError:
        failure = _Failure()
    kind = "Sandbox.Timedout" if TIMED_OUT.search(failure.message) else failure.type
    why = ENDED.get(kind, "raised an error")
    where = (
        f" Its log of request {request_id} says more." if REQUEST_ID.fullmatch(request_id) else ""
    )
    return EngineError("module_error", f"The function {why}.{where}")


def _of_status(response: Mapping[str, Any]) -> EngineError:
    meta = response["ResponseMetadata"]
    status, code = meta["HTTPStatusCode"], response["Error"].get("Code", "")
    if code in REFUSED:
        return EngineError(*REFUSED[code])
    wait_s = wait_of(meta["HTTPHeaders"])
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return EngineError("throttled", THROTTLED, is_temporary=True, retry_after_s=wait_s)
    named = f" {code}" if CODE.fullmatch(code) else ""
    is_temporary = status >= HTTPStatus.INTERNAL_SERVER_ERROR and code not in LASTING
    return EngineError(
        "module_error",
        f"AWS answered {status}{named}.",
        is_temporary=is_temporary,
        retry_after_s=wait_s if is_temporary else None,
    )
