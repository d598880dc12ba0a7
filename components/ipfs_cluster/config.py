"""Stack configuration, and what other languages send, as the component's inputs: one key for each group, camelCase."""

import contextlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import pulumi
from pulumi.runtime import is_config_secret
from pulumi.runtime.config import CONFIG, get_config_env

from . import args
from .args import InvalidInput, IpfsClusterArgs

# The groups with inputs that are kept secret: the passwords.
_SECRET_GROUPS = {"api", "gateway"}


def args_from_config(config: pulumi.Config) -> IpfsClusterArgs:
    """The inputs that a stack's configuration gives: every key of the project's own namespace is a group of them.

    Values are not checked here, nor keys that do not exist: the component does that. Raises pulumi.RunError for a value that is no
    structured one, for a key that is not camelCase, and for a secret where it would not stay one.
    """
    found: dict[str, Any] = {}
    wrong: list[str] = []
    prefix = f"{config.name}:"
    for full_key in sorted({*CONFIG.get(), *get_config_env()}):  # what the SDK's Config reads; it has no way of its own to list keys
        if full_key.startswith(prefix):
            key = full_key.removeprefix(prefix)
            try:
                value = json.loads(cast(str, config.get(key)))
            except ValueError:
                value = config.get(key)
            if not isinstance(value, Mapping):
                wrong.append(f"{full_key}: {value!r} is no group of settings; set one of them by `pulumi config set --path {key}.<input> <value>`.")
            elif is_config_secret(full_key) and key not in _SECRET_GROUPS and value:
                wrong.append(
                    f"{full_key}: holds a value that was set by --secret, but of all inputs only api.password is kept secret; set it without "
                    "--secret, or keep it in an SSM parameter and name that in credentials."
                )
            else:
                declared = IpfsClusterArgs.__annotations__.get(snake_case(key))
                found[snake_case(key)] = _typed(full_key, declared, value, wrong) if declared else value
    if wrong:
        raise pulumi.RunError("\n".join(wrong))
    return cast(IpfsClusterArgs, found)


def args_from_inputs(inputs: Mapping[str, Any]) -> IpfsClusterArgs:
    """The inputs as programs in other languages send them: camelCase, every number a float, as in JSON.

    Values are not checked here, nor keys that do not exist: the component does that. Raises pulumi.RunError for a key in snake_case.
    """
    wrong: list[str] = []
    found = _typed("IpfsCluster", IpfsClusterArgs, args.whole(inputs), wrong)
    if wrong:
        raise pulumi.RunError("\n".join(wrong))
    return cast(IpfsClusterArgs, found)


def _typed(path: str, declared: Any, value: Any, wrong: list[str]) -> Any:
    """A value with snake_case keys and the type that is declared, where `pulumi config set` guessed another.

    It takes 1234 for a number and, where the value before was a text, true for one.
    """
    declared = args._bare(declared)
    fields = getattr(declared, "__annotations__", None) if isinstance(declared, type) and issubclass(declared, dict) else None
    if fields and isinstance(value, Mapping):
        group = {}
        for key, item in value.items():
            name = snake_case(key)
            if "_" in key and key in fields:
                wrong.append(f"{path}.{key}: inputs are camelCase here; use {camel_case(key)}.")
            if name in fields:
                group[name] = _typed(f"{path}.{key}", fields[name], item, wrong)
            else:
                group[key] = item
        return group
    if isinstance(value, Mapping) and getattr(declared, "__origin__", None) is dict:
        return {key: _typed(f"{path}.{key}", declared.__args__[1], item, wrong) for key, item in value.items()}
    if isinstance(value, list) and getattr(declared, "__origin__", None) is list:
        return [_typed(f"{path}[{index}]", declared.__args__[0], item, wrong) for index, item in enumerate(value)]
    if declared is str and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if declared is bool and value in ("true", "false"):
        return value == "true"
    if declared is int and isinstance(value, str) and re.fullmatch(r"-?\d+", value):
        return int(value)
    return value


@contextlib.contextmanager
def named_as_configured() -> Iterator[None]:
    """Names inputs in errors as they are named in the stack's configuration."""
    try:
        yield
    except InvalidInput as error:
        raise InvalidInput(error.name, in_camel_case(error.problems)) from None


def in_camel_case(problems: Sequence[str]) -> list[str]:
    """The sentences with inputs named as in configuration and in other languages."""
    return [_SNAKE_CASE_INPUTS.sub(lambda match: camel_case(match[0]), problem) for problem in problems]


def _input_names(declared: Any) -> Iterator[str]:
    declared = args._bare(declared)
    for part in getattr(declared, "__args__", ()):
        yield from _input_names(part)
    if isinstance(declared, type) and issubclass(declared, dict):
        for name, type_ in declared.__annotations__.items():
            yield name
            yield from _input_names(type_)


def snake_case(name: str) -> str:
    """``replicationMin`` as ``replication_min``."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: f"_{match[1].lower()}", name)


def camel_case(name: str) -> str:
    """``replication_min`` as ``replicationMin``."""
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


_SNAKE_CASE_INPUTS = re.compile(rf"\b({'|'.join(sorted({name for name in _input_names(IpfsClusterArgs) if '_' in name}))})\b")
