"""What other languages see of the component."""

import json
from typing import Any

import pytest
from ipfs_cluster import IpfsCluster, args
from pulumi.provider.experimental.component import ComponentProvider

from tests.support import ROOT


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return dict(json.loads(ComponentProvider([IpfsCluster], "ipfs-cluster", None, "0.0.1").schema or ""))


def test_the_token_is_the_one_in_state(schema: dict[str, Any]) -> None:
    assert list(schema["resources"]) == ["ipfs-cluster:index:IpfsCluster"]


def test_nothing_is_required(schema: dict[str, Any]) -> None:
    resource = schema["resources"]["ipfs-cluster:index:IpfsCluster"]
    assert not resource.get("requiredInputs")
    assert set(resource["inputProperties"]) == set(args.IpfsClusterArgs.__annotations__)


def test_everything_is_described(schema: dict[str, Any]) -> None:
    resource = schema["resources"]["ipfs-cluster:index:IpfsCluster"]
    properties = {**resource["inputProperties"], **resource["properties"]}
    for name, type_ in schema["types"].items():
        properties |= {f"{name}.{key}": value for key, value in type_["properties"].items()}
    assert len(properties) > 50
    assert [name for name, value in properties.items() if not value.get("description")] == []


def test_outputs(schema: dict[str, Any]) -> None:
    resource = schema["resources"]["ipfs-cluster:index:IpfsCluster"]
    assert set(resource["properties"]) == {
        "apiCredentialsParameter",
        "apiDistributionId",
        "apiPassword",
        "apiUrl",
        "apiUsername",
        "blockBuckets",
        "alarmTopicArn",
        "clusterArn",
        "dashboardUrl",
        "clusterPeerIds",
        "ctlCommand",
        "curlCommand",
        "dnsNames",
        "dnsRecords",
        "executeCommands",
        "fileSystemIds",
        "gatewayDistributionId",
        "gatewayPassword",
        "gatewayUrl",
        "gatewayUserPoolClientId",
        "gatewayUserPoolId",
        "gatewayUsername",
        "kuboPeerIds",
        "pinsetBucket",
        "pinningServicePassword",
        "pinningServiceUrl",
        "pinningServiceUsername",
        "vpcId",
    }
    program = (ROOT / "__main__.py").read_text()
    for name in IpfsCluster.__annotations__:
        assert f'pulumi.export("{name}", cluster.{name})' in program
