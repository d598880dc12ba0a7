"""Two private nodes, as the sandbox reads them from an account."""

from ipfs_cluster.daemons import task

from sandbox.compose import Directory, Node
from tests.helpers.tasks import SECRETS, node_task

NODES = [
    Node(
        name=f"ipfs-node-{name}",
        dns_name=f"ipfs-node-{name}.example",
        containers=task.containers(node_task(name, ("a", "b"), private=True, bootstrap_peers=[])),
        volumes={volume: Directory(f"ipfs-{name}", f"/{volume}", 1000, 100, "0755") for volume in ("ipfs", "ipfs-cluster")},
        secrets={f"arn:{secret}": f"$ecret-{secret}" for secret in SECRETS},
    )
    for name in ("a", "b")
]
