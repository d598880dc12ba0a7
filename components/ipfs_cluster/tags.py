"""Tags of everything that can be tagged."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi


@dataclass(frozen=True)
class Tags:
    """The user's tags and the cluster's own one, ``ipfs-cluster``, by which its cost can be found."""

    all: Mapping[str, pulumi.Input[str]]

    def named(self, name: str) -> dict[str, pulumi.Input[str]]:
        """The tags with the name that AWS's console shows, unless the user gave one for all."""
        return {"Name": name, **self.all}
