"""The sandbox's command line for several Regions, as far as it goes without a container engine."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.__main__ import main
from sandbox.regions import commands, file
from sandbox.simulation import ConfigurationError
from sandbox.stack import Sandbox
from tests.helpers.support import ROOT, UNMONITORED

SMALL = {**UNMONITORED, "nodes": {"count": 1}, "edge": {"mode": "none"}, "backup": {"nodes": "none", "pinsetSchedule": "never"}}
STACKS = {"europe": ("eu-west-1", "10.94.0.0/16"), "america": ("us-east-1", "10.95.0.0/16"), "asia": ("ap-northeast-1", "10.96.0.0/16")}
REGIONS_FILE = "Regions.both.yaml"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program in a folder of its own, with two small stacks, on a machine without an engine."""
    for name in ("__main__.py", "Pulumi.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    for stack in ("europe", "america"):
        configure(tmp_path, stack)
    regions(tmp_path, stacks=["europe", "america"])
    monkeypatch.setenv("PATH", str(tmp_path / "no-programs"))
    return tmp_path


def configure(project: Path, stack: str, **groups: Any) -> None:
    region, cidr = STACKS[stack]
    values = {**SMALL, "network": {"cidr": cidr}, **groups}
    content = {"aws:region": region, **{f"ipfs-cluster:{group}": value for group, value in values.items()}}
    (project / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump({"config": content}))


def regions(project: Path, **content: Any) -> None:
    (project / REGIONS_FILE).write_text(yaml.safe_dump(content))


def run(project: Path, command: str, *arguments: str, stack: str = "both") -> int:
    return main([command, "--stack", stack, *arguments], root=project)


def services(project: Path, stack: str) -> dict[str, Any]:
    return dict(yaml.safe_load((project / ".sandbox" / stack / "compose.yaml").read_text())["services"])


def cluster(project: Path, stack: str) -> dict[str, Any]:
    region = STACKS[stack][0]
    return dict(services(project, stack)[f"ipfs-node-{region}a-ipfs-cluster"])


def test_the_regions_know_each_other_and_share_their_secrets(project: Path) -> None:
    assert run(project, "plan") == 0
    one, other = (cluster(project, stack)["environment"] for stack in ("europe", "america"))
    assert one["CLUSTER_PEERADDRESSES"] == other["CLUSTER_PEERADDRESSES"]
    assert one["CLUSTER_PEERADDRESSES"].count("/dns4/") == 2
    assert one["CLUSTER_SECRET"] == other["CLUSTER_SECRET"]
    assert one["CLUSTER_RESTAPI_BASICAUTHCREDENTIALS"] == other["CLUSTER_RESTAPI_BASICAUTHCREDENTIALS"]
    assert one["CLUSTER_PRIVATEKEY"] != other["CLUSTER_PRIVATEKEY"]
    task = services(project, "europe")["ipfs-node-eu-west-1a-task"]
    assert task["extra_hosts"] == ["ipfs-node-us-east-1a.ipfs.america.ipfs-cluster.internal:10.95.255.252"]
    assert task["command"] == ["10.94.255.252", "10.95.0.0/16"]
    relay = yaml.safe_load((project / ".sandbox" / "both" / "compose.yaml").read_text())
    assert list(relay["services"]) == ["link"]
    assert list(relay["networks"]) == ["eu-west-1", "us-east-1"]


def test_no_two_stacks_have_a_port(project: Path) -> None:
    for stack in ("europe", "america"):
        configure(project, stack, edge={"mode": "origin"})
    regions(project, stacks=["europe", "america"], world={"edge": {"console": False}})
    run(project, "plan")
    ports = [port for stack in ("both", "europe", "america") for port in Sandbox(stack, project).taken_ports()]
    assert len(ports) == len(set(ports)) == 2 + 2 * (2 + 2)


def test_a_second_run_keeps_everything(project: Path) -> None:
    files = [project / ".sandbox" / stack / "compose.yaml" for stack in ("both", "europe", "america")]
    run(project, "plan")
    first = [one.read_text() for one in files]
    run(project, "plan")
    assert [one.read_text() for one in files] == first


def test_what_joins_the_regions_is_simulated_too(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(project, "up") == 0
    shown = capsys.readouterr().out
    assert "europe (eu-west-1)" in shown
    assert "20 resources that join them" in shown
    assert "The nodes were NOT started" in shown
    run(project, "plan")
    assert "aws:ec2/vpcPeeringConnection:VpcPeeringConnection  ipfs-eu-west-1-us-east-1" in capsys.readouterr().out


def test_a_third_region_changes_the_first_ones_peers_and_not_its_addresses(project: Path) -> None:
    run(project, "plan")
    before = Sandbox("europe", project)
    configure(project, "asia")
    regions(project, stacks=["europe", "america", "asia"])
    assert run(project, "plan") == 0
    after = Sandbox("europe", project)
    assert (after.addresses, after.ports) == (before.addresses, before.ports)
    assert cluster(project, "europe")["environment"]["CLUSTER_PEERADDRESSES"].count("/dns4/") == 3
    assert services(project, "europe")["ipfs-node-eu-west-1a-task"]["command"] == ["10.94.255.252", "10.95.0.0/16", "10.96.0.0/16"]


def test_a_region_that_only_reads(project: Path) -> None:
    configure(project, "america", members={"role": "reader"})
    assert run(project, "plan") == 0
    reader = json.loads(json.loads((project / ".sandbox" / "both" / "regions.json").read_text())["members"]["us-east-1"])
    assert reader["role"] == "reader"
    assert reader["peers"][0]["clusterPeerId"] not in cluster(project, "europe")["environment"]["CLUSTER_CRDT_TRUSTEDPEERS"]


def test_what_a_stack_is_told_on_aws_is_left_out(project: Path) -> None:
    """It is encrypted in part, and the sandbox makes its own."""
    configure(project, "america", members={"others": {"eu-west-1": "of AWS"}, "shared": {"secure": "AAAB"}})
    assert run(project, "plan") == 0


def test_a_region_alone_is_no_stack_to_start(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(project, "plan")
    for command in ("up", "plan"):
        assert run(project, command, stack="europe") == 1
        assert f"stack 'europe' is one Region of 'both': use `make {command} STACK=both`" in capsys.readouterr().err
    assert run(project, "down") == 0
    assert not (project / ".sandbox" / "both").exists()
    assert run(project, "plan", stack="europe") == 0, "on its own again"


def test_deleting_the_data_forgets_all_stacks(project: Path) -> None:
    run(project, "plan")
    assert run(project, "down", "--delete-data") == 0
    assert list((project / ".sandbox").iterdir()) == []


def test_down_needs_no_file(project: Path) -> None:
    run(project, "plan")
    (project / REGIONS_FILE).unlink()
    assert run(project, "down") == 0


BAD: dict[str, tuple[Any, str]] = {
    "a list": (["europe"], "must have a list `stacks`"),
    "another key": ({"stacks": ["europe", "america"], "lnik": {}}, "lnik is not known; it takes stacks, link and world"),
    "one stack": ({"stacks": ["europe"]}, r"stacks is \['europe'\]; give two or more different stacks"),
    "a stack twice": ({"stacks": ["europe", "europe", "america"]}, "give two or more different stacks"),
    "no stacks": ({"link": {}}, "stacks is None"),
    "a word": ({"stacks": "europe"}, "stacks is 'europe'"),
    "a stack without a file": ({"stacks": ["europe", "africa"]}, r"there is no Pulumi\.africa\.yaml"),
    "a negative way": ({"stacks": ["europe", "america"], "link": {"roundTripMilliseconds": -1}}, r"link\.roundTripMilliseconds is -1; give milliseconds"),
    "an endless way": ({"stacks": ["europe", "america"], "link": {"roundTripMilliseconds": 2001}}, "is 2001; give milliseconds from 0 to 2000"),
    "a way in words": ({"stacks": ["europe", "america"], "link": {"roundTripMilliseconds": "80ms"}}, "is '80ms'"),
    "another link": ({"stacks": ["europe", "america"], "link": {"loss": 1}}, "give its roundTripMilliseconds and nothing else"),
    "no world": ({"stacks": ["europe", "america"], "world": 1}, "world is 1"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_the_file_refuses(project: Path, name: str) -> None:
    content, text = BAD[name]
    (project / REGIONS_FILE).write_text(yaml.safe_dump(content))
    with pytest.raises(ConfigurationError, match=text):
        file.read(project, "both")


def test_all_that_is_wrong_is_said_at_once(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    regions(project, stacks=[], link={"loss": 1}, world=[1])
    assert run(project, "up") == 1
    assert capsys.readouterr().err.count(f"{REGIONS_FILE}: ") == 3


def test_two_stacks_of_one_region(project: Path) -> None:
    shutil.copy(project / "Pulumi.europe.yaml", project / "Pulumi.ireland.yaml")
    regions(project, stacks=["europe", "ireland"])
    with pytest.raises(ConfigurationError, match=r"Region of its own \(europe is in eu-west-1, ireland is in eu-west-1\)"):
        file.read(project, "both")


def test_what_the_program_refuses_is_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure(project, "america", network={"cidr": "10.94.0.0/16"})
    assert run(project, "up") == 1
    assert "its VPC's range 10.94.0.0/16 overlaps with 10.94.0.0/16" in capsys.readouterr().err


def test_commands_that_cannot_be(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def error(command: str, *arguments: str, stack: str = "both") -> str:
        assert run(project, command, *arguments, stack=stack) == 1
        return capsys.readouterr().err

    assert "stack 'europe' is in one Region; `cut` is for several, which have a file Regions.europe.yaml" in error("cut", stack="europe")
    assert "'both' does not run here; `make up STACK=both` starts it" in error("status")
    assert "'both' does not run here" in error("cut")
    run(project, "plan")
    capsys.readouterr()
    assert "delay needs a round trip: --milliseconds 240" in error("delay")
    assert "no usable container engine" in error("cut")
    assert "--region is ''; give one of eu-west-1, us-east-1" in error("out")
    assert "'both' has no edge that runs; give world.edge in Regions.both.yaml" in error("out", "--region", "eu-west-1")
    assert "--region is 'Paris'; give the Region of an edge location" in error("client", "--region", "Paris")
    shutil.copy(project / "Pulumi.europe.yaml", project / "Pulumi.both.yaml")
    assert "there are both Regions.both.yaml and Pulumi.both.yaml; rename one of them" in error("up")


def test_clients_move_and_regions_are_taken_out_and_in(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(project, "plan")
    world = Sandbox("both", project)
    commands.state_file(world).write_text('{"location": "eu-west-1", "keys": {}}')
    capsys.readouterr()
    for command, region, said in (
        ("client", "us-west-2", "Clients come to edge locations of us-west-2; taken out: none"),
        ("out", "us-east-1", "Clients come to edge locations of us-west-2; taken out: us-east-1"),
        ("out", "eu-west-1", "Clients come to edge locations of us-west-2; taken out: eu-west-1, us-east-1"),
        ("in", "us-east-1", "Clients come to edge locations of us-west-2; taken out: eu-west-1"),
    ):
        assert run(project, command, "--region", region) == 0
        assert capsys.readouterr().out == f"{said}\n"
    assert json.loads(commands.state_file(world).read_text()) == {"location": "us-west-2", "keys": {"out": "eu-west-1"}}


def test_the_repositorys_own_regions_are_sound() -> None:
    found = file.read(ROOT, "two-regions")
    assert list(found.stacks) == ["eu-west-1", "us-east-1"]
    assert (found.round_trip_milliseconds, found.inputs) == (80, {"edge": {}})
