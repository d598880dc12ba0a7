"""ECS task definitions as a Compose file."""

from sandbox import compose
from sandbox.compose import Node, Ports
from tests.helpers.compose import NODES

FILE = compose.compose_file(NODES, {"ipfs-node-a": Ports(18080, 19094), "ipfs-node-b": Ports(18081, 19095)}, "10.94.0.0/16", {}, 4)
SERVICES = FILE["services"]


def test_services_volumes_and_network() -> None:
    parts = ("efs", "task", "configure", "ipfs", "ipfs-cluster")
    assert list(SERVICES) == [f"ipfs-node-{node}-{part}" for node in ("a", "b") for part in parts]
    assert list(FILE["volumes"]) == ["ipfs-a-ipfs", "ipfs-a-ipfs-cluster", "ipfs-b-ipfs", "ipfs-b-ipfs-cluster"]
    assert FILE["networks"] == {"vpc": {"ipam": {"config": [{"subnet": "10.94.0.0/16"}]}}}


def test_a_tasks_containers_share_its_network() -> None:
    pause = SERVICES["ipfs-node-a-task"]
    assert pause["networks"] == {"vpc": {"aliases": ["ipfs-node-a.example"]}}
    assert pause["ports"] == ["127.0.0.1:18080:8080", "127.0.0.1:19094:9094"], "on this machine only"
    assert pause["sysctls"] == {"net.ipv4.tcp_retries2": "4"}
    for part in ("configure", "ipfs", "ipfs-cluster"):
        assert SERVICES[f"ipfs-node-a-{part}"]["network_mode"] == "service:ipfs-node-a-task"


def test_order_of_start() -> None:
    def conditions(part: str) -> dict[str, str]:
        return {name.removeprefix("ipfs-node-a-"): needed["condition"] for name, needed in SERVICES[f"ipfs-node-a-{part}"]["depends_on"].items()}

    first = {"efs": "service_completed_successfully", "task": "service_started"}
    assert conditions("configure") == first
    assert conditions("ipfs") == {**first, "configure": "service_completed_successfully"}
    assert conditions("ipfs-cluster") == {**first, "ipfs": "service_healthy"}


KUBO_CHECK = (
    "if rm /tmp/well 2> /dev/null; then sleep 45; fi; "
    "(timeout 5 wget -q -O /dev/null --post-data '' http://127.0.0.1:5001/api/v0/diag/healthy) > /dev/null 2>&1 && : > /tmp/well || exit 1"
)


def test_the_daemons_run_as_in_ecs() -> None:
    kubo = SERVICES["ipfs-node-a-ipfs"]
    assert kubo["image"] == "ipfs/kubo:v0.43.1"
    assert kubo["entrypoint"] == ["/sbin/tini", "--", "/bin/sh", "-c"]
    assert "/usr/local/bin/start_ipfs daemon --migrate=true --agent-version-suffix=docker &" in kubo["command"][0]
    assert kubo["user"] == "1000:100"
    assert kubo["stop_grace_period"] == "120s"
    assert kubo["restart"] == "on-failure"
    assert "restart" not in SERVICES["ipfs-node-a-configure"], "its failure is the task's"
    assert kubo["healthcheck"] == {
        "test": ["CMD-SHELL", KUBO_CHECK],
        "interval": "4s",
        "timeout": "60s",
        "retries": 13,
        "start_period": "300s",
    }
    assert "ipfs-cluster-ctl --force-http id" in SERVICES["ipfs-node-a-ipfs-cluster"]["healthcheck"]["test"][1]


def test_volumes_belong_to_the_access_points_owner() -> None:
    efs = SERVICES["ipfs-node-a-efs"]
    assert efs["user"] == "0:0"
    assert efs["tmpfs"] == SERVICES["ipfs-node-a-task"]["tmpfs"] == ["/data/ipfs", "/data/ipfs-cluster"], "no nameless volume is left behind"
    assert efs["command"] == ["chown 1000:100 /efs/ipfs && chmod 0755 /efs/ipfs && chown 1000:100 /efs/ipfs-cluster && chmod 0755 /efs/ipfs-cluster"]
    assert efs["volumes"] == ["ipfs-a-ipfs:/efs/ipfs", "ipfs-a-ipfs-cluster:/efs/ipfs-cluster"]
    assert SERVICES["ipfs-node-a-ipfs"]["volumes"] == ["ipfs-a-ipfs:/data/ipfs"]
    assert SERVICES["ipfs-node-a-ipfs-cluster"]["volumes"] == ["ipfs-a-ipfs-cluster:/data/ipfs-cluster"]


def test_secrets_reach_the_container_that_asks_for_them_and_no_other() -> None:
    def holders(secret: str) -> set[str]:
        return {name for name, service in SERVICES.items() if f"$$ecret-{secret}" in service.get("environment", {}).values()}

    assert holders("kubo-private-key") == {"ipfs-node-a-configure", "ipfs-node-b-configure"}
    assert holders("cluster-private-key") == {"ipfs-node-a-ipfs-cluster", "ipfs-node-b-ipfs-cluster"}
    assert SERVICES["ipfs-node-a-configure"]["environment"]["SWARM_KEY"] == "$$ecret-swarm-key", "Compose replaces a single $"
    assert SERVICES["ipfs-node-a-ipfs-cluster"]["labels"] == {
        f"secret-version.{name}": "7" for name in ("api-credentials", "cluster-private-key", "cluster-secret")
    }


def test_a_node_is_started_anew_only_for_what_is_its_own() -> None:
    changed = [Node(**{**vars(NODES[0]), "secrets": {**NODES[0].secrets, "arn:cluster-secret": "new"}}), NODES[1]]
    file = compose.compose_file(changed, {"ipfs-node-a": Ports(18080, 19094), "ipfs-node-b": Ports(18081, 19095)}, "10.94.0.0/16", {}, 4)
    assert compose.fingerprint(file, changed[0]) != compose.fingerprint(FILE, NODES[0])
    assert compose.fingerprint(file, changed[1]) == compose.fingerprint(FILE, NODES[1])


def test_names_that_the_engine_does_not_know_are_resolved_by_an_address() -> None:
    ports = {"ipfs-node-a": Ports(18080, 19094), "ipfs-node-b": Ports(18081, 19095)}
    services = compose.compose_file(NODES, ports, "10.94.0.0/16", {}, 4, "10.94.255.254")["services"]
    expected = {"dns": ["10.94.255.254"], "dns_opt": ["use-vc"]}
    assert services["ipfs-node-a-task"] == {**FILE["services"]["ipfs-node-a-task"], **expected}
    assert services["ipfs-node-a-ipfs"] == FILE["services"]["ipfs-node-a-ipfs"], "which shares the task's network"
