"""What all parts of a cluster are made with."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from .naming import Names
from .permissions import Account
from .spelling import Spelling


@dataclass(frozen=True)
class Tags:
    """The user's tags and the cluster's own one, ``ipfs-cluster``, by which its cost can be found."""

    all: Mapping[str, pulumi.Input[str]]

    def named(self, name: str) -> dict[str, pulumi.Input[str]]:
        """The tags with the name that AWS's console shows, unless the user gave one for all."""
        return {"Name": name, **self.all}


@dataclass(frozen=True, kw_only=True)
class ClusterContext:
    """The account, the names, and the choices that hold for everything."""

    account: Account
    names: Names
    tags: Tags
    retain: bool
    """Whether what holds data stays in the account when it is removed from the stack."""
    log_retention_days: int
    spelling: Spelling
    """How errors that come while the stack is deployed spell inputs."""


def output_map(values: Mapping[str, pulumi.Input[str]]) -> pulumi.Output[dict[str, str]]:
    """The values by name, once all are known."""
    return pulumi.Output.all(list(values), *values.values()).apply(lambda resolved: dict(zip(resolved[0], resolved[1:], strict=True)))
