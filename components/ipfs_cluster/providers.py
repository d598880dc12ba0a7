"""An AWS provider for a Region, configured as the stack's one is."""

import inspect
import json
import typing
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi.runtime import is_config_secret
from pulumi.runtime.config import CONFIG, get_config_env

from .spelling import snake_case

_PREFIX = "aws:"
_ANNOTATIONS = {name: parameter.annotation for name, parameter in inspect.signature(aws.ProviderArgs.__init__).parameters.items()}


def of_region(name: str, region: str, opts: pulumi.ResourceOptions) -> aws.Provider:
    """A provider for a Region, with what the stack's configuration has for AWS: profile, role, default tags …"""
    # An explicit provider takes nothing from the configuration by itself.
    return aws.Provider(name, opts, region=region, **_configured())


def _configured() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for full_key in sorted({*CONFIG.get(), *get_config_env()}):  # what the SDK's Config reads; it has no way of its own to list keys
        key = full_key.removeprefix(_PREFIX)
        name = snake_case(key)
        if full_key.startswith(_PREFIX) and name in _ANNOTATIONS and name != "region":
            text = pulumi.Config("aws").require(key)
            value = text if str in typing.get_args(_ANNOTATIONS[name]) else json.loads(text)
            found[name] = pulumi.Output.secret(value) if is_config_secret(full_key) else value
    return found
