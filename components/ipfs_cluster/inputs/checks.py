"""Pure: checks of single values, also of values that are known only later."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import pulumi

from ..daemons import images
from ..regions.form import PEER_ID
from ..spelling import Spelling
from .fields import shown
from .problems import Path, Problem, Problems, path

T = TypeVar("T")

Check = Callable[[Any], str | None]
"""What is wrong with a value, as the rest of a sentence without its full stop; None if it is fine."""


def now(where: Path, value: Any, check: Check) -> Problems:
    """Checks a value, if it is known already."""
    if not isinstance(value, pulumi.Output) and value is not None:
        wrong = check(value)
        if wrong:
            yield Problem(where, f"{shown(where, value)} {wrong}.")


def later(spelling: Spelling, where: Path, value: pulumi.Input[T], check: Check) -> pulumi.Output[T]:
    """``value`` as an Output that refuses what ``check`` finds wrong, for values that are known only later."""

    def checked(resolved: T) -> T:
        for problem in now(where, resolved, check):
            raise pulumi.RunError(problem.spelled(spelling))
        return resolved

    return pulumi.Output.from_input(value).apply(checked)


def refuse(spelling: Spelling, problem: Problem | None) -> None:
    """Raises pulumi.RunError if there is a problem."""
    if problem is not None:
        raise pulumi.RunError(problem.spelled(spelling))


def listing(names: Iterable[Any]) -> str:
    """``a, b, c``."""
    return ", ".join(map(str, names))


def choice(where: Path, value: str, choices: Iterable[str]) -> Problems:
    """A value must be one of some."""
    if value not in choices:
        yield Problem(where, f"{value!r} must be one of: {listing(choices)}.")


def pattern(expression: str, what: str) -> Check:
    """A check by a regular expression; ``what`` says what the value should be."""
    return lambda value: None if re.fullmatch(expression, value) else f"is not {what}"


peer_id_problem = pattern(PEER_ID, "a peer ID; give one like 12D3KooW…")


def is_domain(value: str, longest: int) -> bool:
    """Whether a value is a domain name of two labels or more, in lower case, with at most ``longest`` characters."""
    return len(value) <= longest and "." in value and all(re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", label) for label in value.split("."))


def at_least_one(where: Path, number: int | None, alternative: str = "") -> Problems:
    """A number must be 1 or more."""
    if number is not None and number < 1:
        yield Problem(where, f"{number} is too low; use 1 or more{alternative}.")


def image(where: Path, name: str) -> Problems:
    """An image must say which version."""
    if not images.names_a_version(name):
        yield Problem(where, f"{name!r} does not say which version; give an image with its tag (not latest) or its digest.")


def useless(group: str, given: Mapping[str, Any], names: Iterable[str], reason: str) -> Problems:
    """Inputs that would have no effect are refused, so that no one relies on them."""
    for name in names:
        if name in given:
            yield Problem(path(group, name), f"has no effect: {reason}. Leave it out.")


def username_problem(value: str) -> str | None:
    """What is wrong with a user name of the APIs or the gateway."""
    return None if re.fullmatch(r"[^:,\s]+", value) else "is not a user name that ipfs-cluster takes; use characters other than `:`, `,` and white space"


def password_problem(value: str) -> str | None:
    """What is wrong with a password of the APIs or the gateway. Never contains the password."""
    if len(value) < 12:
        return f"has {len(value)} characters; use 12 or more"
    # ipfs-cluster reads `user:password` pairs from a comma list and splits each at every colon.
    return None if re.fullmatch(r"[^:,\s]+", value) else "has a character that ipfs-cluster cannot take; use others than `:`, `,` and white space"


key_arn_problem = pattern(r"arn:aws[\w-]*:kms:[\w-]+:\d{12}:key/[\w-]+", "the ARN of a KMS key; give one like arn:aws:kms:eu-west-1:123456789012:key/…")


def parameter_problem(value: str) -> str | None:
    """What is wrong with an SSM parameter's name."""
    if not re.fullmatch(r"/?[\w.-]+(/[\w.-]+)*", value) or ("/" in value and not value.startswith("/")):
        return "is not the name of an SSM parameter; give its name (not its ARN) like /prod/ipfs/cluster-secret"
    return None
