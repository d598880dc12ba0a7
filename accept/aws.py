"""The AWS account, through boto3."""

import datetime
from typing import Any, Protocol

import boto3
import botocore.exceptions
from botocore.config import Config

from .errors import SessionExpiredError

EDGE_REGION = "us-east-1"
"""The Region of CloudFront's alarms and events."""

_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId", "UnrecognizedClientException", "InvalidToken"}


class Aws(Protocol):
    """An account, as probes use it."""

    region: str

    def call(self, service: str, operation: str, /, *, at: str = "", **parameters: Any) -> dict[str, Any]:
        """Calls an operation by its name in boto3, in the Region ``at``; the stack's by default. Raises ClientError, SessionExpiredError."""
        ...

    def every(self, service: str, operation: str, key: str, /, *, at: str = "", **parameters: Any) -> list[Any]:
        """The items under a key of all pages of an operation. Raises ClientError, SessionExpiredError."""
        ...


class Account:
    """The account of the credentials that boto3 finds."""

    def __init__(self, region: str) -> None:
        self.region = region
        self._session = boto3.Session(region_name=region)
        self._clients: dict[tuple[str, str], Any] = {}

    def call(self, service: str, operation: str, /, *, at: str = "", **parameters: Any) -> dict[str, Any]:
        """Calls an operation by its name in boto3."""
        try:
            return dict(getattr(self._client(service, at), operation)(**parameters))
        except botocore.exceptions.BotoCoreError as error:
            raise _expired(error) from error
        except botocore.exceptions.ClientError as error:
            raise _expired(error) from error

    def every(self, service: str, operation: str, key: str, /, *, at: str = "", **parameters: Any) -> list[Any]:
        """The items under a key of all pages of an operation. Raises ClientError, SessionExpiredError."""
        client = self._client(service, at)
        if not client.can_paginate(operation):
            return list(self.call(service, operation, at=at, **parameters).get(key, []))
        try:
            return [item for page in client.get_paginator(operation).paginate(**parameters) for item in page.get(key, [])]
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
            raise _expired(error) from error

    def session_ends(self) -> tuple[datetime.datetime | None, bool]:
        """When the credentials expire, if that is known, and whether boto3 renews them. Raises SessionExpiredError if there are none."""
        credentials: Any = self._session.get_credentials()
        if credentials is None:
            raise SessionExpiredError("boto3 finds no AWS credentials; log in, or set AWS_PROFILE")
        ends = getattr(credentials, "_expiry_time", None)
        return ends, ends is not None

    def is_temporary(self) -> bool:
        """Whether the credentials expire at some time."""
        credentials: Any = self._session.get_credentials()
        return credentials is not None and bool(credentials.token)

    def _client(self, service: str, region: str) -> Any:
        key = (service, region or self.region)
        if key not in self._clients:
            retries = Config(retries={"mode": "adaptive", "max_attempts": 8})
            self._clients[key] = self._session.client(service, region_name=key[1], config=retries)  # type: ignore[call-overload]
        return self._clients[key]


def _expired(error: Exception) -> Exception:
    if code(error) in _EXPIRED or isinstance(
        error, botocore.exceptions.NoCredentialsError | botocore.exceptions.TokenRetrievalError | botocore.exceptions.UnauthorizedSSOTokenError
    ):
        return SessionExpiredError(f"AWS no longer accepts the credentials: {error}")
    return error


def code(error: BaseException) -> str:
    """AWS's code of an error; empty for an error that is not AWS's."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, botocore.exceptions.ClientError) else ""
