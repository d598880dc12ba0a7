"""The account, by boto3."""

import datetime
from typing import Any, Protocol

import boto3
import botocore.exceptions
from botocore.config import Config

from .errors import SessionExpiredError

EDGE_REGION = "us-east-1"
"""Where CloudFront's alarms and events are."""

_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId", "UnrecognizedClientException", "InvalidToken"}


class Aws(Protocol):
    """What the kit needs of an account."""

    region: str

    def call(self, service: str, operation: str, /, *, at: str = "", **parameters: Any) -> dict[str, Any]:
        """An operation by its name in boto3, in the stack's Region if no other is named. Raises ClientError, SessionExpiredError."""
        ...

    def every(self, service: str, operation: str, key: str, /, *, at: str = "", **parameters: Any) -> list[Any]:
        """What all pages of an operation hold under a key."""
        ...


class Account:
    """The account that boto3 finds credentials for."""

    def __init__(self, region: str) -> None:
        self.region = region
        self._session = boto3.Session(region_name=region)
        self._clients: dict[tuple[str, str], Any] = {}

    def call(self, service: str, operation: str, /, *, at: str = "", **parameters: Any) -> dict[str, Any]:
        """An operation by its name in boto3."""
        try:
            return dict(getattr(self._client(service, at), operation)(**parameters))
        except botocore.exceptions.BotoCoreError as error:
            raise _expired(error) from error
        except botocore.exceptions.ClientError as error:
            raise _expired(error) from error

    def every(self, service: str, operation: str, key: str, /, *, at: str = "", **parameters: Any) -> list[Any]:
        """What all pages of an operation hold under a key."""
        client = self._client(service, at)
        if not client.can_paginate(operation):
            return list(self.call(service, operation, at=at, **parameters).get(key, []))
        try:
            return [item for page in client.get_paginator(operation).paginate(**parameters) for item in page.get(key, [])]
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
            raise _expired(error) from error

    def session_ends(self) -> tuple[datetime.datetime | None, bool]:
        """When the credentials end, where that is known, and whether boto3 renews them by itself. Raises SessionExpiredError without any."""
        credentials: Any = self._session.get_credentials()
        if credentials is None:
            raise SessionExpiredError("boto3 finds no AWS credentials; log in, or set AWS_PROFILE")
        ends = getattr(credentials, "_expiry_time", None)
        return ends, ends is not None

    def is_temporary(self) -> bool:
        """Whether the credentials are a session's, which ends some time."""
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
        return SessionExpiredError(f"AWS takes the credentials no more: {error}")
    return error


def code(error: BaseException) -> str:
    """AWS's code of an error, or nothing."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, botocore.exceptions.ClientError) else ""
