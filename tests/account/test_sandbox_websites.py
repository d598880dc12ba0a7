"""What the sandbox makes of a stack with websites, without starting anything."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from sandbox import websites
from sandbox.resolver.settings import Zone
from sandbox.simulation import Configuration
from sandbox.stack import Sandbox, Simulated
from tests.helpers.support import REGION, ROOT, UNMONITORED

EDGE: dict[str, Any] = {"domain": "ipfs.example.com", "zoneId": "Z0123456789ABC", "websites": ["example.com"]}


def simulated(folder: Path, **edge: Any) -> tuple[Sandbox, Simulated]:
    shutil.copy(ROOT / "__main__.py", folder / "__main__.py")
    sandbox = Sandbox("test", folder)
    groups = {
        **UNMONITORED,
        "nodes": {"count": 1},
        "network": {"cidr": "10.94.0.0/16"},
        "edge": {key: value for key, value in {**EDGE, **edge}.items() if value is not None},
    }
    return sandbox, sandbox.simulate(Configuration.of(groups, "test", REGION))


def test_the_zone_of_the_configuration_is_there_and_what_serves_it_is_known(tmp_path: Path) -> None:
    sandbox, made = simulated(tmp_path)
    outputs = {name: export.value for name, export in made.deployment.exports.items()}
    assert outputs["websites"] == {"example.com": "Z0123456789ABC"}
    assert made.resolver is not None
    assert made.resolver.zone == Zone("Z0123456789ABC", "example.com")
    assert made.resolver.distributions == [outputs["gateway_distribution_id"], outputs["api_distribution_id"]]
    assert made.resolver.address == "10.94.0.1"
    ports = {"aws": made.resolver.aws_port, "dns": made.resolver.dns_port}
    assert (ports, len(set(ports.values()))) == (sandbox.resolver_ports, 2)
    assert made.file["services"]["ipfs-node-eu-west-1a-task"]["dns"] == ["10.94.255.254"]
    assert made.file["services"]["load-balancer"]["networks"] == {"vpc": {"ipv4_address": "10.94.255.254"}}
    assert Sandbox("test", tmp_path).resolver_ports == ports, "the next run has the same"


def test_without_websites_nothing_serves_records(tmp_path: Path) -> None:
    sandbox, made = simulated(tmp_path, websites=[])
    assert (made.resolver, sandbox.resolver_ports) == (None, {})
    assert "dns" not in made.file["services"]["ipfs-node-eu-west-1a-task"]


def shown(sandbox: Sandbox, made: Simulated) -> list[str]:
    said: list[str] = []
    websites.show(sandbox, made, 8080, said.append)
    return said


def test_it_says_how_to_publish_and_to_read(tmp_path: Path) -> None:
    sandbox, made = simulated(tmp_path)
    said = shown(sandbox, made)
    assert "  curl -H 'Host: example.com' http://127.0.0.1:8080/" in said
    url = f"http://127.0.0.1:{sandbox.resolver_ports['aws']}"
    for name in ("AWS_ENDPOINT_URL_ROUTE_53", "AWS_ENDPOINT_URL_CLOUDFRONT"):
        assert f"  export {name}={url}" in said
    assert said[-1] == "  ipfs-cluster publish --outputs .sandbox/test/outputs.json --website example.com <folder>"


@pytest.mark.parametrize(
    ("edge", "expected"),
    [
        ({"websites": []}, []),
        (
            {"zoneId": None, "certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"},
            ["", "The websites have no records here: the sandbox makes those of the zone of edge.zoneId."],
        ),
    ],
)
def test_it_says_what_there_is_not(tmp_path: Path, edge: dict[str, Any], expected: list[str]) -> None:
    assert shown(*simulated(tmp_path, **edge)) == expected
