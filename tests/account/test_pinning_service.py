"""The IPFS Pinning Service API at the edge, and its credentials."""

from ipfs_cluster.edge.sources import source

from tests.helpers.account import NODES, policies
from tests.helpers.edge import API, DISTRIBUTION, listeners, target_groups
from tests.helpers.iam import allowed
from tests.helpers.support import deployed_small as deployed
from tests.helpers.support import secrets


def test_the_pinning_service() -> None:
    with deployed({"api": {"pinningService": True}, "nodes": {"count": 2}}) as stack:
        group = target_groups(stack)["ipfs-pinning"]
        assert (group["Port"], group["HealthCheckPath"], group["Matcher"]["HttpCode"]) == (9097, "/health", "204")
        assert set(listeners(stack)) == {80, 9094, 9097}
        inputs = stack.inputs(DISTRIBUTION, API)
        path = inputs["orderedCacheBehaviors"][0]
        (association,) = path.pop("functionAssociations")
        assert path == {**inputs["defaultCacheBehavior"], "pathPattern": "/pinning/*", "targetOriginId": "pinning"}
        function = stack.inputs("aws:cloudfront/function:Function", "ipfs-edge-pinning-path")
        assert association["functionArn"].rpartition("/")[2].startswith("ipfs-edge-pinning-path")
        assert function["code"] == source("pinning-path.js")
        assert [(origin["originId"], origin["connectionAttempts"]) for origin in inputs["origins"][:2]] == [("api", 1), ("pinning", 1)]
        assert stack.output("pinning_service_url") == stack.output("api_url") + "/pinning"
        for node in NODES[:2]:
            container = stack.containers(node)["ipfs-cluster"]
            arn = secrets(container)["CLUSTER_PINSVCAPI_BASICAUTHCREDENTIALS"]
            stored = stack.client("ssm").get_parameter(Name=arn.partition(":parameter")[2], WithDecryption=True)["Parameter"]["Value"]
            assert stored == f"{stack.output('pinning_service_username')}:{stack.output('pinning_service_password')}"
            assert stored != f"{stack.output('api_username')}:{stack.output('api_password')}"
            definition = stack.inputs("aws:ecs/taskDefinition:TaskDefinition", f"ipfs-{node}-task")
            assert allowed("ssm:GetParameters", arn, policies(stack, definition["executionRoleArn"]))


def test_without_it_there_is_no_endpoint() -> None:
    with deployed() as stack:
        assert set(listeners(stack)) == {80, 9094}
        assert stack.output("pinning_service_url") is None
