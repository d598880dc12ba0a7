"""Stack configuration as the component's inputs."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pulumi
import pytest
from ipfs_cluster.config import args_from_config, named_as_configured

from sandbox.simulation import read_configuration
from tests.helpers.inputs import problems
from tests.helpers.support import ROOT


def given(values: dict[str, Any]) -> dict[str, Any]:
    pulumi.runtime.set_all_config({key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}, [])
    return dict(args_from_config(pulumi.Config("ipfs-cluster")))


def test_groups_become_snake_case() -> None:
    assert given({"ipfs-cluster:pinning": {"replicationMin": 1}, "ipfs-cluster:swarm": {"connMgrLowWater": 5}, "aws:region": "eu-west-1"}) == {
        "pinning": {"replication_min": 1},
        "swarm": {"conn_mgr_low_water": 5},
    }


def test_keys_that_are_the_users_own_stay() -> None:
    identities = {"eu-west-1a": {"kuboPeerId": "x"}}
    found = given(
        {
            "ipfs-cluster:tags": {"costCentre": "1"},
            "ipfs-cluster:nodes": {"kuboConfig": {"Gateway.NoSuch": {"innerKey": 1}}, "clusterEnvironment": {"CLUSTER_X": "1"}},
            "ipfs-cluster:network": {"subnetIds": {"eu-west-1a": "subnet-1"}},
            "ipfs-cluster:credentials": {"identities": identities},
        }
    )
    assert found == {
        "tags": {"costCentre": "1"},
        "nodes": {"kubo_config": {"Gateway.NoSuch": {"innerKey": 1}}, "cluster_environment": {"CLUSTER_X": "1"}},
        "network": {"subnet_ids": {"eu-west-1a": "subnet-1"}},
        "credentials": {"identities": {"eu-west-1a": {"kubo_peer_id": "x"}}},
    }


def test_values_get_the_type_that_is_declared() -> None:
    """`pulumi config set --path` takes 1234 for a number, and true for a text where there was one before."""
    found = given(
        {
            "ipfs-cluster:api": {"password": 123456789012, "username": 7},
            "ipfs-cluster:tags": {"cc": 1234},
            "ipfs-cluster:nodes": {"clusterEnvironment": {"CLUSTER_X": 20}, "kuboConfig": {"A.B": 5}, "count": "4", "zones": [1]},
            "ipfs-cluster:gateway": {"open": "true"},
        }
    )
    assert found == {
        "api": {"password": "123456789012", "username": "7"},
        "tags": {"cc": "1234"},
        "nodes": {"cluster_environment": {"CLUSTER_X": "20"}, "kubo_config": {"A.B": 5}, "count": 4, "zones": ["1"]},
        "gateway": {"open": True},
    }


def test_a_key_in_snake_case_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match=r"ipfs-cluster:nodes\.kubo_image: inputs are camelCase here; use kuboImage"):
        given({"ipfs-cluster:nodes": {"kubo_image": "a:1", "kuboImage": "b:1"}})


def test_a_secret_that_would_not_stay_one_is_refused() -> None:
    values = {f"ipfs-cluster:{group}": json.dumps({"password": "correct-horse-battery"}) for group in ("api", "tags")}
    pulumi.runtime.set_all_config(values, list(values))
    with pytest.raises(pulumi.RunError, match="ipfs-cluster:tags: has a value that was set by --secret") as refused:
        args_from_config(pulumi.Config("ipfs-cluster"))
    assert "correct-horse" not in str(refused.value)
    assert "ipfs-cluster:api" not in str(refused.value)


def test_errors_name_inputs_as_the_configuration_does() -> None:
    given: dict[str, Any] = {"nodes": {"kubo_image": "kubo_image:latest", "registry_mirrors": {"my_own.host": "x"}}, "gateway": {"user_pool_id": "mine"}}
    with named_as_configured():
        found = problems(given)
    assert found == [
        "nodes.kuboImage: 'kubo_image:latest' does not say which version; give an image with its tag (not latest) or its digest.",
        "gateway.userPoolId: is for gateway.authentication token, which is none; leave it out, or set gateway.authentication to token.",
        "gateway.userPoolId: must be given together with gateway.userPoolClientId.",
        "gateway.userPoolId: 'mine' is not the ID of a user pool; give one like eu-west-1_aBcDeFgHi.",
        "nodes.registryMirrors['my_own.host']: no image comes from there; images come from docker.io, public.ecr.aws.",
    ]
    assert problems(given)[0].startswith("nodes.kubo_image: 'kubo_image:latest'")


def test_the_distribution_has_no_name_that_pulumi_takes_for_a_provider() -> None:
    """`pulumi install` would try to download a plugin of that name, and fail."""
    assert not tomllib.loads((ROOT / "components" / "pyproject.toml").read_text())["project"]["name"].startswith("pulumi-")


def test_a_key_that_is_no_group_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match=r"ipfs-cluster:nodes: 3 must be a mapping; set one of its inputs by"):
        given({"ipfs-cluster:nodes": "3"})


def test_the_dev_stacks_configuration_is_good(tmp_path: Path) -> None:
    configuration = read_configuration(ROOT, "dev")
    assert configuration.region == "eu-west-1"
    assert json.loads(configuration.values["ipfs-cluster:storage"])["retainOnDelete"] is False
    assert configuration.values["ipfs-cluster:tags"] == "{}", "from Pulumi.yaml"
