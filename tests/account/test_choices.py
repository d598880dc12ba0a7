"""What each choice of the user does to the account."""

import json
from typing import Any

import pytest

from sandbox.account import Account
from tests.helpers.account import EXEC, NODES, policies, task_definition
from tests.helpers.iam import allowed
from tests.helpers.support import Deployed, Groups, deployed, deployed_small, environment, secrets

KEY = "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d"
PEER_ID = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN"


def service(stack: Deployed, node: str) -> dict[str, Any]:
    return stack.inputs("aws:ecs/service:Service", f"ipfs-{node}-service")


def kubo_config(stack: Deployed, node: str = "eu-west-1a") -> dict[str, Any]:
    return dict(json.loads(environment(stack.containers(node)["configure"])["KUBO_CONFIG"]))


def test_exec_off() -> None:
    with deployed_small({"nodes": {"enableExecuteCommand": False}}) as stack:
        off = policies(stack, task_definition(stack, NODES[0])["taskRoleArn"])
        assert not any(allowed(action, "*", off) for action in EXEC)
        assert stack.output("execute_commands") == {}
        assert service(stack, NODES[0])["enableExecuteCommand"] is False


def test_images_in_ecr_and_a_key_of_ones_own() -> None:
    mirror = "210987654321.dkr.ecr.eu-central-1.amazonaws.com/mirror/kubo"
    with deployed_small({"nodes": {"kuboImage": f"{mirror}:v0.43.1"}, "credentials": {"kmsKeyArn": KEY}, "storage": {"kmsKeyArn": KEY}}) as stack:
        execution = policies(stack, task_definition(stack, NODES[0])["executionRoleArn"])
        repository = "arn:aws:ecr:eu-central-1:210987654321:repository/mirror/kubo"
        assert all(allowed(f"ecr:{action}", repository, execution) for action in ("BatchGetImage", "GetDownloadUrlForLayer"))
        assert not allowed("ecr:BatchGetImage", f"{repository}-other", execution)
        assert not allowed("ecr:PutImage", repository, execution)
        assert allowed("ecr:GetAuthorizationToken", "*", execution)
        assert allowed("kms:Decrypt", KEY, execution)
        assert not allowed("kms:Decrypt", f"{KEY}-other", execution)
        for type_, key in (("aws:ssm/parameter:Parameter", "keyId"), ("aws:efs/fileSystem:FileSystem", "kmsKeyId")):
            assert {stack.inputs(type_, r.name)[key] for r in stack.registered(type_) if r.name != "ipfs-credentials-stack"} == {KEY}, "that one is no secret"


def test_without_ecr_and_a_key_there_are_no_such_permissions() -> None:
    with deployed_small() as stack:
        execution = policies(stack, task_definition(stack, NODES[0])["executionRoleArn"])
        assert not allowed("kms:Decrypt", KEY, execution)
        assert not allowed("ecr:GetAuthorizationToken", "*", execution)


@pytest.mark.parametrize(
    ("spot", "providers"),
    [("none", ["FARGATE"] * 2), ("all-but-one", ["FARGATE", "FARGATE_SPOT"]), ("all", ["FARGATE_SPOT"] * 2)],
)
def test_spot(spot: str, providers: list[str]) -> None:
    with deployed({"nodes": {"spot": spot, "count": 2}}) as stack:
        assert [service(stack, node)["capacityProviderStrategies"] for node in NODES[:2]] == [[{"capacityProvider": name, "weight": 1}] for name in providers]
        assert all(service(stack, node)["forceNewDeployment"] for node in NODES[:2]), "without it a change of the strategy replaces the service"


def test_size_and_architecture() -> None:
    with deployed_small({"nodes": {"cpu": 1024, "memory": 4096, "architecture": "X86_64"}}) as stack:
        definition = task_definition(stack, NODES[0])
        assert (definition["cpu"], definition["memory"]) == ("1024", "4096")
        assert definition["runtimePlatform"]["cpuArchitecture"] == "X86_64"
        assert environment(stack.containers(NODES[0])["ipfs"])["GOMEMLIMIT"] == "2457MiB"


def test_named_zones() -> None:
    with deployed({"nodes": {"zones": ["eu-west-1c", "eu-west-1a"], "count": 3}}) as stack:
        assert list(stack.output("dns_names")) == ["eu-west-1c", "eu-west-1a", "eu-west-1c-2"]
        subnets = {r.name for r in stack.registered("aws:ec2/subnet:Subnet")}
        assert subnets == {f"ipfs-network-{kind}-eu-west-1{zone}" for kind in ("public", "private") for zone in "ac"}


def test_settings_reach_the_daemons() -> None:
    boot = "/dns4/boot.example/tcp/4001/p2p/12D3KooWx"
    groups = {
        "swarm": {"bootstrapPeers": [boot], "routing": "dhtclient", "connMgrLowWater": 50, "connMgrHighWater": 200},
        "storage": {"maxGib": 7, "datastore": "pebble", "unixfsProfile": "unixfs-v0-2015"},
        "monitoring": {"enabled": True, "metrics": "none", "kuboLogLevel": "error,bitswap=debug", "clusterLogLevel": "warn,crdt:debug"},
        "gateway": {"open": True},
        "pinning": {"replicationMin": 1, "replicationMax": 2, "batchMilliseconds": 100},
        "nodes": {
            "kuboConfig": {"Gateway.MaxConcurrentRequests": 512},
            "clusterEnvironment": {"CLUSTER_STATELESS_CONCURRENTPINS": "20", "CLUSTER_DIALPEERTIMEOUT": "2s"},
            "count": 2,
        },
    }
    with deployed(groups) as stack:
        config = kubo_config(stack)
        assert config["Bootstrap"] == [boot]
        assert config["Routing"] == {"Type": "dhtclient"}
        assert config["Swarm"]["ConnMgr"] == {"LowWater": 50, "HighWater": 200}
        assert config["Datastore"]["StorageMax"] == "7GiB"
        assert config["Gateway"]["NoFetch"] is False
        containers = stack.containers(NODES[0])
        assert "set_further Gateway.MaxConcurrentRequests 512\n" in containers["configure"]["command"][0]
        assert environment(containers["configure"])["KUBO_PROFILES"] == "pebbleds,unixfs-v0-2015"
        assert environment(containers["ipfs"])["GOLOG_LOG_LEVEL"] == "error,bitswap=debug"
        cluster = environment(containers["ipfs-cluster"])
        assert cluster["LOG_LEVEL"] == "warn,crdt:debug"
        assert (cluster["CLUSTER_REPLICATIONFACTORMIN"], cluster["CLUSTER_REPLICATIONFACTORMAX"]) == ("1", "2")
        assert (cluster["CLUSTER_CRDT_BATCHING_MAXBATCHAGE"], cluster["CLUSTER_CRDT_BATCHING_MAXBATCHSIZE"]) == ("100ms", "300")
        assert (cluster["CLUSTER_STATELESS_CONCURRENTPINS"], cluster["CLUSTER_DIALPEERTIMEOUT"]) == ("20", "2s")


@pytest.mark.parametrize(
    ("groups", "no_fetch"),
    [
        ({"gateway": {"open": True}}, False),
        ({"swarm": {"mode": "private"}, "pinning": {"replicationMin": 1, "replicationMax": 2}, "nodes": {"count": 2}}, False),
    ],
)
def test_what_the_gateway_serves(groups: Groups, no_fetch: bool) -> None:
    """By default it serves what the cluster holds: tests/account/test_task_definitions.py."""
    with deployed_small(groups) as stack:
        assert kubo_config(stack)["Gateway"]["NoFetch"] is no_fetch


def test_credentials_of_ones_own() -> None:
    def groups(account: Account) -> Groups:
        for name in ("cluster-secret", "api", "swarm", "kubo-a", "cluster-a"):
            account.client("ssm").put_parameter(Name=f"/mine/{name}", Type="SecureString", Value=f"user:{name}")
        identity = {
            "kuboPeerId": PEER_ID,
            "kuboPrivateKeyParameter": "/mine/kubo-a",
            "clusterPeerId": PEER_ID.replace("WDp", "WDq"),
            "clusterPrivateKeyParameter": "/mine/cluster-a",
        }
        return {
            "swarm": {"mode": "private"},
            "credentials": {
                "clusterSecretParameter": "/mine/cluster-secret",
                "apiCredentialsParameter": "/mine/api",
                "swarmKeyParameter": "/mine/swarm",
                "identities": {"eu-west-1a": identity},
            },
        }

    with deployed(groups) as stack:
        arn = "arn:aws:ssm:eu-west-1:123456789012:parameter/mine/"
        containers = stack.containers("eu-west-1a")
        assert secrets(containers["configure"]) == {"KUBO_PRIVATE_KEY": f"{arn}kubo-a", "SWARM_KEY": f"{arn}swarm"}
        assert secrets(containers["ipfs-cluster"]) == {
            "CLUSTER_CREDENTIALS": f"{arn}api",
            "CLUSTER_PRIVATEKEY": f"{arn}cluster-a",
            "CLUSTER_RESTAPI_BASICAUTHCREDENTIALS": f"{arn}api",
            "CLUSTER_SECRET": f"{arn}cluster-secret",
        }
        assert stack.output("kubo_peer_ids")["eu-west-1a"] == PEER_ID
        assert environment(stack.containers("eu-west-1b")["ipfs-cluster"])["CLUSTER_CRDT_TRUSTEDPEERS"].startswith(PEER_ID.replace("WDp", "WDq"))
        # Nothing is made or written in their place.
        made = {r.name for r in stack.registered("aws:ssm/parameter:Parameter")} - {"ipfs-credentials-stack"}
        assert made == {f"ipfs-credentials-{node}-{daemon}-private-key" for node in ("eu-west-1b", "eu-west-1c") for daemon in ("kubo", "cluster")}
        assert len(stack.registered("random:index/randomPassword:RandomPassword")) == 4
        history = stack.client("ssm").get_parameter_history(Name="/mine/api")["Parameters"]
        assert len(history) == 1
        assert (stack.output("api_username"), stack.output("api_password")) == (None, None)
        assert stack.output("api_credentials_parameter") == "/mine/api"
        execution = policies(stack, task_definition(stack, "eu-west-1a")["executionRoleArn"])
        assert allowed("ssm:GetParameters", f"{arn}kubo-a", execution)
        assert not allowed("ssm:GetParameters", f"{arn}kubo-a", policies(stack, task_definition(stack, "eu-west-1b")["executionRoleArn"]))


def test_the_api_user_of_ones_own() -> None:
    with deployed_small({"api": {"username": "me", "password": "correct-horse-battery"}}) as stack:
        value = stack.client("ssm").get_parameter(Name="/ipfs/ipfs-cluster/test/api-credentials", WithDecryption=True)["Parameter"]["Value"]
        assert value == "me:correct-horse-battery"
        assert stack.deployment.exports["api_password"].secret
        assert not [r for r in stack.registered("random:index/randomPassword:RandomPassword") if "api" in r.name]


def test_a_new_version_makes_a_new_secret() -> None:
    def keepers(groups: Groups) -> dict[str, Any]:
        with deployed_small(groups) as stack:
            found = stack.registered("random:index/randomPassword:RandomPassword")
            return {r.name.removeprefix("ipfs-credentials-"): stack.inputs(r.type, r.name)["keepers"] for r in found}

    before = keepers({})
    for key, password in (("apiPasswordVersion", "api-password"), ("clusterSecretVersion", "cluster-secret")):
        after = keepers({"credentials": {key: 2}})
        assert {name for name in before if before[name] != after[name]} == {password}


def test_tags_and_monitoring() -> None:
    with deployed_small({"tags": {"team": "storage"}, "monitoring": {"logRetentionDays": 7, "containerInsights": "enhanced"}}) as stack:
        (cluster,) = stack.client("ecs").describe_clusters(clusters=[stack.output("cluster_arn")], include=["SETTINGS", "TAGS"])["clusters"]
        assert cluster["settings"] == [{"name": "containerInsights", "value": "enhanced"}]
        assert {"key": "team", "value": "storage"} in cluster["tags"]
        assert {group["retentionInDays"] for group in stack.client("logs").describe_log_groups()["logGroups"]} == {7}
