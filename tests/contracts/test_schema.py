"""What other languages see of the component."""

from typing import Any

import pytest
from ipfs_cluster import IpfsCluster, IpfsGlobal, IpfsGlobalArgs, IpfsGlobalCluster, IpfsGlobalClusterArgs, args
from ipfs_cluster.config import camel_case

import tools.schema
from tests.helpers.scenarios import JOINED
from tests.helpers.support import deployed_small


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return tools.schema.schema()


def test_the_checked_in_schema_is_the_codes() -> None:
    assert tools.schema.FILE.read_text() == tools.schema.text(), (
        "the component's inputs or outputs have changed: say so in CHANGELOG.md, then write the schema by `.venv/bin/python -m tools.schema`"
    )


def test_the_token_is_the_one_in_state(schema: dict[str, Any]) -> None:
    assert list(schema["resources"]) == [f"ipfs-cluster:index:{name}" for name in ("IpfsCluster", "IpfsGlobal", "IpfsGlobalCluster")]
    with JOINED["the link of two Regions"]() as stack:
        assert [r.type for r in stack.deployment.registrations if r.parent == ""] == ["ipfs-cluster:index:IpfsGlobal"]
    with deployed_small({"edge": {"mode": "none"}}) as stack:
        assert [r.type for r in stack.deployment.registrations if r.parent == ""] == ["ipfs-cluster:index:IpfsCluster"]


def test_no_type_that_is_lost_on_the_way(schema: dict[str, Any]) -> None:
    """Enums in lists and objects in outputs do not arrive, and another package's types need its plugin at one version."""
    resource = schema["resources"]["ipfs-cluster:index:IpfsCluster"]
    assert not schema["dependencies"]
    assert [name for name, type_ in schema["types"].items() if type_["type"] != "object"] == []
    for output in resource["properties"].values():
        assert output["type"] in ("string", "boolean") or output["additionalProperties"]["type"] == "string"


@pytest.mark.parametrize(("component", "inputs"), [(IpfsGlobal, IpfsGlobalArgs), (IpfsGlobalCluster, IpfsGlobalClusterArgs)])
def test_what_is_of_all_regions(schema: dict[str, Any], component: type, inputs: type) -> None:
    resource = schema["resources"][f"ipfs-cluster:index:{component.__name__}"]
    assert set(resource["inputProperties"]) == {camel_case(name) for name in inputs.__annotations__}
    assert set(resource["properties"]) == {camel_case(name) for name in component.__annotations__}
    for name, output in resource["properties"].items():
        assert output["type"] == "string" or (output.get("items") or output["additionalProperties"])["type"] == "string", name
    assert not resource["requiredInputs"]


def test_nothing_is_required(schema: dict[str, Any]) -> None:
    resource = schema["resources"]["ipfs-cluster:index:IpfsCluster"]
    assert not resource.get("requiredInputs")
    assert set(resource["inputProperties"]) == set(args.IpfsClusterArgs.__annotations__)


def test_everything_is_described(schema: dict[str, Any]) -> None:
    properties: dict[str, Any] = {}
    for component, resource in schema["resources"].items():
        properties |= {f"{component}.{name}": value for name, value in (*resource["inputProperties"].items(), *resource["properties"].items())}
    for name, type_ in schema["types"].items():
        properties[name] = type_
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
        "apiUsers",
        "backupRoleArn",
        "backupVaultName",
        "apiUsername",
        "blockBuckets",
        "alarmTopicArn",
        "clusterArn",
        "dashboardUrl",
        "clusterPeerIds",
        "consoleUrl",
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
        "member",
        "pinsetBucket",
        "pinningServicePassword",
        "pinningServiceUrl",
        "pinningServiceUsername",
        "publisherPolicy",
        "readOnly",
        "regions",
        "retained",
        "sharedSecrets",
        "vpcId",
        "websites",
    }
    with deployed_small() as stack:
        assert set(stack.deployment.exports) == set(IpfsCluster.__annotations__)
