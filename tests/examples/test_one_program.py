"""The examples with several Regions in one program, in Python and YAML, deployed to a simulated account with two Regions and with three."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from moto import mock_aws

from sandbox import simulation
from tests.helpers.regions import Regions
from tests.helpers.support import EXAMPLES, Deployed, environment

PYTHON, YAML = EXAMPLES / "several-regions-one-program", EXAMPLES / "several-regions-yaml"
# As a provider gets it from a program in another language: every number a float.
CONSTRUCT = """
import json
import pulumi
from ipfs_cluster.provider import Provider

inputs = json.loads(pulumi.Config().require("inputs"), parse_int=float)
for name, value in Provider("1.2.3").construct("ipfs", "ipfs-cluster:index:IpfsGlobalCluster", inputs, None).state.items():
    pulumi.export(name, value)
"""
PASSWORD = "correct-horse-battery"


def deploy(program: Path, **configured: str) -> Deployed:
    account = Regions("us-west-2")
    values = {"aws:region": "us-west-2", **{f"ipfs-world:{key}": value for key, value in configured.items()}}
    return Deployed(account, simulation.run(program, simulation.Configuration("ipfs-world", "prod", values), account), {})


def definitions(stack: Deployed) -> dict[str, dict[str, str]]:
    """The settings of ipfs-cluster, by node's task definition."""
    found = {}
    for resource in stack.registered("aws:ecs/taskDefinition:TaskDefinition"):
        containers = {container["name"]: container for container in json.loads(resource.inputs["containerDefinitions"])}
        if "ipfs-cluster" in containers:
            found[resource.name] = {**environment(containers["ipfs-cluster"]), "memory": resource.inputs["memory"]}
    return found


@pytest.mark.parametrize("regions", [2, 3])
def test_python(regions: int, tmp_path: Path) -> None:
    program = tmp_path / "__main__.py"
    lines = (PYTHON / "__main__.py").read_text().splitlines(keepends=True)
    program.write_text("".join(line for line in lines if regions == 3 or "ap-northeast-1" not in line))
    with mock_aws():
        stack = deploy(program)
        found = definitions(stack)
        assert len(found) == 2 * regions
        for settings in found.values():
            assert settings["CLUSTER_CRDT_TRUSTEDPEERS"].count(",") == 2 * regions - 1
        assert {settings["memory"] for name, settings in found.items() if "apne1" in name} == ({"4096"} if regions == 3 else set())
        assert len(stack.output("gateway_urls")) == regions
        assert all(url.startswith("https://") for url in stack.output("gateway_urls").values())
        assert stack.deployment.exports["api_password"].secret
        assert json.loads(stack.output("cluster_outputs")["us-east-1"])["cluster_peer_ids"].keys() == {"us-east-1a", "us-east-1b"}


@pytest.mark.parametrize("regions", [2, 3])
def test_yaml(regions: int, tmp_path: Path) -> None:
    given: dict[str, Any] = yaml.safe_load((YAML / "Pulumi.yaml").read_text())
    (resource,) = given["resources"].values()
    assert resource["type"] == "ipfs-cluster:IpfsGlobalCluster"
    inputs = resource["properties"]
    if regions == 3:
        (block,) = re.findall(r"```yaml\n(.*?)```", (YAML / "README.md").read_text(), re.DOTALL)
        inputs["regions"] |= yaml.safe_load(block)
    text = json.dumps(inputs).replace("${apiPassword}", PASSWORD).replace("${pulumi.stack}", "prod")
    program = tmp_path / "program.py"
    program.write_text(CONSTRUCT)
    with mock_aws():
        stack = deploy(program, inputs=text)
        found = definitions(stack)
        assert len(found) == 2 * regions
        assert {settings["memory"] for settings in found.values()} == {"4096"}
        assert (stack.output("apiUsername"), stack.output("apiPassword")) == ("admin", PASSWORD)
        for name, value in given["outputs"].items():
            assert value == f"${{ipfs.{name}}}"
            assert len(stack.output(name)) == (regions if name != "peeringConnectionIds" else regions * (regions - 1) // 2)
        vaults = [r.name for r in stack.registered("aws:backup/vault:Vault")]
        assert len(vaults) == regions - 1
        assert not [name for name in vaults if "use1" in name]
