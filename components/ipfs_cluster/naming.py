"""Pure: physical names where the system needs them fixed: SSM paths, log groups and DNS names."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Names:
    """The fixed names of one component, apart from those of other components, stacks and projects in the same account."""

    component: str
    stack: str
    project: str

    @property
    def path(self) -> str:
        """What SSM parameters and log groups are filed under: ``/ipfs/ipfs-cluster/dev``."""
        return f"/{self.component}/{self.project}/{self.stack}"

    @property
    def namespace(self) -> str:
        """The Cloud Map namespace: ``ipfs.dev.ipfs-cluster.internal``."""
        return ".".join([*map(_label, (self.component, self.stack, self.project)), "internal"])

    @property
    def flat(self) -> str:
        """The names in one word, as for task definition families: ``ipfs-cluster-dev-ipfs``."""
        return re.sub(r"[^\w-]", "-", f"{self.project}-{self.stack}-{self.component}")

    @property
    def metrics(self) -> str:
        """The namespace of the cluster's own metrics: ``IpfsCluster/ipfs-cluster-dev-ipfs``."""
        return f"IpfsCluster/{self.flat}"

    @property
    def metrics_log_group(self) -> str:
        """Where the records go that become those metrics."""
        return f"{self.path}/metrics"

    def service(self, node: str) -> str:
        """A node's name in ECS and Cloud Map."""
        return f"ipfs-node-{node}"

    def dns_name(self, node: str) -> str:
        """Where a node is found by the others."""
        return f"{self.service(node)}.{self.namespace}"

    def log_group(self, node: str, container: str) -> str:
        """Where a container's logs go."""
        return f"{self.path}/{node}/{container}"


def _label(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
