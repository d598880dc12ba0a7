"""What programs in other languages send, as the component gets it."""

from pathlib import Path
from typing import Any

import pulumi
import pytest
from ipfs_cluster.provider import Provider
from moto import mock_aws
from pulumi.errors import InputPropertiesError

from sandbox import simulation
from sandbox.account import Account, Randomness
from tests.helpers.support import Deployed, configuration, deployed_small, inputs_of

TYPE = "ipfs-cluster:index:IpfsCluster"
# As a provider gets it: construct with plain values, every number a float.
PROGRAM = """
import json
import pulumi
from ipfs_cluster.provider import Provider

inputs = json.loads(pulumi.Config().require("inputs"), parse_int=float)
made = Provider("1.2.3").construct("ipfs", "ipfs-cluster:index:IpfsCluster", inputs, None)
for name, value in made.state.items():
    pulumi.export(name, value)
"""


def mapped(inputs: dict[str, Any], component: str = "IpfsCluster") -> dict[str, Any]:
    provider = Provider("1.2.3")
    return provider.map_inputs(inputs, next(known for known in provider._component_defs.values() if known.name == component))


def constructed(inputs: dict[str, Any], folder: Path, account: Account) -> Deployed:
    program = folder / "program.py"
    program.write_text(PROGRAM)
    return Deployed(account, simulation.run(program, configuration({"inputs": inputs}), account), inputs)


def test_names_and_numbers_at_every_depth() -> None:
    assert mapped(
        {
            "nodes": {"count": 4.0, "kuboConfig": {"A.B": {"cD": 5.0, "e": [1.0, 0.5]}}, "clusterEnvironment": {"CLUSTER_X_Y": "1"}},
            "storage": {"existing": {"eu-west-1a": {"fileSystemId": "fs-1", "createMountTarget": False}}},
            "credentials": {"identities": {"eu-west-1a": {"kuboPeerId": "Qm", "kuboPrivateKeyParameter": "/k"}}},
            "tags": {"costCentre": "7"},
        }
    ) == {
        "nodes": {"count": 4, "kubo_config": {"A.B": {"cD": 5, "e": [1, 0.5]}}, "cluster_environment": {"CLUSTER_X_Y": "1"}},
        "storage": {"existing": {"eu-west-1a": {"file_system_id": "fs-1", "create_mount_target": False}}},
        "credentials": {"identities": {"eu-west-1a": {"kubo_peer_id": "Qm", "kubo_private_key_parameter": "/k"}}},
        "tags": {"costCentre": "7"},
    }


def test_whole_numbers_are_such() -> None:
    found = mapped({"nodes": {"count": 4.0, "kuboConfig": {"A": {"b": [5.0]}}}})
    assert type(found["nodes"]["count"]) is int
    assert type(found["nodes"]["kubo_config"]["A"]["b"][0]) is int


def test_the_same_resources_as_from_python(tmp_path: Path) -> None:
    groups = {
        "nodes": {"count": 1, "memory": 3072, "kuboConfig": {"Gateway.MaxConcurrentRequests": 512, "Internal.Bitswap": {"TaskWorkerCount": 8}}},
        "backup": {"retentionDays": 400, "coldStorageDays": 30},
        "monitoring": {"logRetentionDays": 90},
        "tags": {"team": "storage"},
    }
    with deployed_small(groups) as native:
        registered = {(r.type, r.name): inputs_of(r) for r in native.deployment.registrations}
        definition = native.containers("eu-west-1a")["configure"]["command"]
        outputs = {name for name, export in native.deployment.exports.items() if export.value is not None}
        randomness = Randomness(native.account.randomness.made)
    with mock_aws():
        remote = constructed(groups, tmp_path, Account("eu-west-1", randomness))
        assert {(r.type, r.name) for r in remote.deployment.registrations} == set(registered)
        assert remote.containers("eu-west-1a")["configure"]["command"] == definition
        for type_ in ("aws:ssm/parameter:Parameter", "aws:cloudwatch/logGroup:LogGroup", "aws:iam/role:Role", "aws:efs/fileSystem:FileSystem"):
            for resource in remote.registered(type_):
                assert inputs_of(resource) == registered[resource.type, resource.name]
        assert len(remote.deployment.exports) == len(outputs)
        assert remote.deployment.exports["apiPassword"].secret


def test_a_group_that_is_an_output_is_refused_and_not_lost(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.replace("inputs = ", 'inputs = {"swarm": pulumi.Output.from_input({"mode": "private"})}  # '))
    with mock_aws(), pytest.raises(InputPropertiesError) as refused:
        simulation.run(program, configuration({}), Account("eu-west-1"))
    assert refused.value.errors == [
        {"property_path": "swarm", "reason": "is an output of another resource, but must be known before anything is created; give a plain value."}
    ]


def test_every_problem_is_named_by_its_input(tmp_path: Path) -> None:
    with mock_aws(), pytest.raises(InputPropertiesError) as refused:
        constructed({"storage": {"maxGib": 0}, "nodes": {"kuboImag": "x"}}, tmp_path, Account("eu-west-1"))
    assert [error["property_path"] for error in refused.value.errors or []] == ["nodes.kuboImag", "storage.maxGib"]
    assert "clusterEnvironment" in (refused.value.errors or [])[0]["reason"]


def test_paths_are_the_engines_and_inputs_are_spelled_in_camel_case(tmp_path: Path) -> None:
    inputs = {
        "nodes": {"kuboConfig": {"Swarm": {}}},
        "swarm": {"mode": "private"},
        "pinning": {"replicationMin": -1, "replicationMax": 2},
        "credentials": {"identities": {"eu-west-1a": {"clusterPeerId": "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN"}}},
        "edge": {"allowedCountries": ["DE", "Germany"]},
    }
    with mock_aws(), pytest.raises(InputPropertiesError) as refused:
        constructed(inputs, tmp_path, Account("eu-west-1"))
    assert {error["property_path"]: error["reason"].split(";")[0] for error in refused.value.errors or []} == {
        'nodes.kuboConfig["Swarm"]': "the program sets this itself",
        "pinning.replicationMin": "-1 does not go together with pinning.replicationMax 2",
        'credentials.identities["eu-west-1a"]': "clusterPeerId and clusterPrivateKeyParameter must be given together.",
        "edge.allowedCountries[1]": "'Germany' is not a country code",
    }


def test_the_component_that_joins_regions(tmp_path: Path) -> None:
    inputs = {"members": {"eu-west-1": "x", "us-east-1": "y"}, "link": "none"}
    assert mapped(inputs, "IpfsGlobal") == inputs
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.replace("IpfsCluster", "IpfsGlobal"))
    with mock_aws(), pytest.raises(InputPropertiesError, match="IpfsGlobal 'ipfs': 2 problem") as refused:
        simulation.run(program, configuration({"inputs": inputs}), Account("eu-west-1"))
    assert [error["property_path"] for error in refused.value.errors or []] == ['members["eu-west-1"]', 'members["us-east-1"]']


def test_an_input_in_snake_case_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match=r"IpfsCluster\.nodes\.kubo_image: inputs are camelCase here; use kuboImage\."):
        mapped({"nodes": {"kubo_image": "a:1"}})
