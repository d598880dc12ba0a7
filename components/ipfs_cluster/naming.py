"""Physical names where the system needs them fixed, pure: SSM paths, log groups and DNS names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LABEL = 63  # the most characters of one label of a DNS name
_NAMESPACE = 253 - len("ipfs-node-ap-northeast-1a-3.")
_LOG_GROUP = 512 - len("/ap-northeast-1a-3/ipfs-cluster")
_PARAMETER = 1011 - len("arn:aws-us-gov:ssm:ap-northeast-1:123456789012:parameter/nodes/ap-northeast-1a-3/cluster-private-key")


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

    def problems(self) -> Iterator[str]:
        """What is too long, as sentences for the user."""
        for what, value in (("name", self.component), ("the stack's name", self.stack), ("the project's name", self.project)):
            if len(value) > _LABEL:
                yield f"{what}: {value!r} has {len(value)} characters and becomes a label of DNS names; use up to {_LABEL}."
        for what, value, most in (
            ("DNS name", self.namespace, _NAMESPACE),
            ("log group name", self.path, _LOG_GROUP),
            ("SSM parameter name", self.path, _PARAMETER),
        ):
            if len(value) > most:
                yield f"name: {value!r}, made from the names of component, stack and project, is too long for a {what}; use up to {most} characters."


def _label(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
