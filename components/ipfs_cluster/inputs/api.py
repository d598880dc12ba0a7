"""Pure: the inputs of the REST API and the Pinning Service API."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NotRequired, Optional, TypedDict

import pulumi

from . import checks
from .problems import Problem, Problems, path, ref


class ApiSettings(TypedDict):
    """The REST API's credentials, and the Pinning Service API."""

    username: NotRequired[str]
    """User name of the REST API, without `:` and `,`. Default: made by pulumi-random."""
    password: NotRequired[pulumi.Input[str]]
    """Password of the REST API, at least 12 characters without `:` and `,`. Default: made by pulumi-random."""
    pinning_service: NotRequired[bool]
    """Whether the IPFS Pinning Service API is offered, with credentials of its own: below /pinning of the REST API's
    distribution, on a port of its own of a load balancer without CloudFront. Default: false."""
    pinning_service_username: NotRequired[str]
    """User name of the Pinning Service API, without `:` and `,`. Default: made by pulumi-random."""
    pinning_service_password: NotRequired[pulumi.Input[str]]
    """Password of the Pinning Service API, at least 12 characters without `:` and `,`. Default: made by pulumi-random."""


@dataclass(frozen=True, kw_only=True)
class ResolvedApi:
    """`ApiSettings` with its defaults."""

    username: Optional[str] = None
    password: Optional[pulumi.Input[str]] = None
    pinning_service: bool = False
    pinning_service_username: Optional[str] = None
    pinning_service_password: Optional[pulumi.Input[str]] = None


def problems(api: ResolvedApi, given: Mapping[str, Any], has_own_parameter: bool) -> Problems:
    """What is wrong with the APIs' credentials. ``has_own_parameter`` says that an SSM parameter of the user's holds the REST API's."""
    for name in ("username", "pinning_service_username"):
        yield from checks.now(path("api", name), getattr(api, name), checks.username_problem)
    for name in ("password", "pinning_service_password"):
        yield from checks.now(path("api", name), getattr(api, name), checks.password_problem)
    if not api.pinning_service:
        for name in ("pinning_service_username", "pinning_service_password"):
            if name in given:
                text = f"is for the Pinning Service API, which is off; set {ref('api.pinning_service')} to true, or leave it out."
                yield Problem(path("api", name), text)
    if has_own_parameter:
        for name in ("password", "username"):
            if name in given:
                text = f"contradicts {ref('credentials.api_credentials_parameter')}, which holds both user and password; give one of the two."
                yield Problem(path("api", name), text)
