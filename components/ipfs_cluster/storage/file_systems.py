"""Pure: how the cluster's file systems are told apart: by their tags."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ALL_NODES = "all"
"""Whose file system it is, where all nodes share one."""

HOLDER_TAG = "ipfs-cluster-node"
"""The tag that says which node's data a file system holds."""
_KIND_TAG = "ipfs-cluster-file-system"
_KEY_TAG = "ipfs-cluster-kms-key"
AWS_KEY = "aws/elasticfilesystem"
"""The account's own key for file systems."""


@dataclass(frozen=True)
class DeployedFileSystem:
    """A file system of this cluster that is in the account."""

    arn: str
    tags: Mapping[str, str]

    @property
    def id(self) -> str:
        """Its ID."""
        return self.arn.rpartition("/")[2]

    @property
    def holder(self) -> str:
        """The node whose data it holds, or all nodes; empty if it does not say."""
        return self.tags.get(HOLDER_TAG, "")

    @property
    def kind(self) -> str | None:
        """one-zone or regional, if it says so."""
        return self.tags.get(_KIND_TAG)

    @property
    def key(self) -> str | None:
        """The KMS key's ARN, or that of the account's own key, if it says so."""
        return self.tags.get(_KEY_TAG)


def identifying_tags(kind: str, key_arn: Any, holder: str) -> dict[str, Any]:
    """The tags that say whose file system it is and what of it cannot be changed."""
    return {HOLDER_TAG: holder, _KIND_TAG: kind, _KEY_TAG: AWS_KEY if key_arn is None else key_arn}


def after(days: int) -> str:
    """A number of days in EFS's words."""
    return "AFTER_1_DAY" if days == 1 else f"AFTER_{days}_DAYS"


def owner(holder: str) -> str:
    """The holder in a sentence."""
    return "all nodes" if holder == ALL_NODES else f"node {holder}"
