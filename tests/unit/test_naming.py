"""Names that the system needs fixed."""

from ipfs_cluster.naming import Names

NAMES = Names("ipfs", "dev", "ipfs-cluster")


def test_the_names_of_a_stack() -> None:
    assert NAMES.path == "/ipfs/ipfs-cluster/dev"
    assert NAMES.namespace == "ipfs.dev.ipfs-cluster.internal"
    assert NAMES.flat == "ipfs-cluster-dev-ipfs"
    assert NAMES.metrics == "IpfsCluster/ipfs-cluster-dev-ipfs"
    assert NAMES.metrics_log_group == "/ipfs/ipfs-cluster/dev/metrics"


def test_the_names_of_a_node() -> None:
    assert NAMES.service("eu-west-1a") == "ipfs-node-eu-west-1a"
    assert NAMES.dns_name("eu-west-1a") == "ipfs-node-eu-west-1a.ipfs.dev.ipfs-cluster.internal"
    assert NAMES.log_group("eu-west-1a", "configure") == "/ipfs/ipfs-cluster/dev/eu-west-1a/configure"


def test_names_of_stacks_and_projects_may_have_characters_that_others_may_not() -> None:
    names = Names("ipfs", "Prod.EU_1", "My_Project.v2")
    assert names.namespace == "ipfs.prod-eu-1.my-project-v2.internal"
    assert names.flat == "My_Project-v2-Prod-EU_1-ipfs"
    assert names.path == "/ipfs/My_Project.v2/Prod.EU_1", "as they are"
