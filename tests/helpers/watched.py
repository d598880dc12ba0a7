"""What the alarms and the dashboard of a deployment are made from, without a deployment."""

from typing import Any

from ipfs_cluster.inputs.storage import ResolvedStorage
from ipfs_cluster.monitoring.alarms import Watched


def watched(*nodes: str, **given: Any) -> Watched:
    """What can be watched of some nodes behind load balancer and CloudFront. ``given`` are fields of `Watched` in place of theirs."""
    fields: dict[str, Any] = {
        "namespace": "IpfsCluster/c",
        "cluster": "c",
        "ecs_cluster": "ecs-c",
        "services": {node: f"ipfs-node-{node}" for node in nodes},
        "load_balancer": "app/lb/1",
        "target_groups": {"gateway": "targetgroup/gateway/1", "api": "targetgroup/api/1"},
        "file_systems": {node: f"fs-{node}" for node in nodes},
        "distributions": {"gateway": "EGATEWAY", "api": "EAPI"},
        "certificates": {},
        "storage": ResolvedStorage(),
        "pinset_schedule": "rate(1 day)",
    }
    return Watched(**{**fields, **given})
