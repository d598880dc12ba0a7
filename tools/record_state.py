"""Records stacks of a version, for the tests that update them to a later one: `python -m tools.record_state` writes them.

    python -m tools.record_state                                      all configurations, by the program of this checkout
    python -m tools.record_state default                              one of them
    python -m tools.record_state --checkout ../ipfs-cluster-0.1.0     by the program of another checkout

It deploys the program with the real engine and the tests' stand-in for AWS, so the Pulumi CLI and the random provider must be on PATH. The files are
tests/engine/recorded/<version>/<configuration>.json. A release records its version once: an existing file is never overwritten.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools import schema

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tests" / "engine" / "recorded"

CONFIGURATIONS: Mapping[str, Mapping[str, Any]] = {
    "default": {"monitoring": {}},
    "domain": {
        "nodes": {"count": 2},
        "storage": {"fileSystem": "regional", "transitionToIaDays": 30},
        "backup": {"pinsetSchedule": "rate(1 day)"},
        "gateway": {"authentication": "basic"},
        "api": {"pinningService": True},
        "edge": {
            "domain": "files.example.com",
            "zoneId": "Z0123456789ABC",
            "gatewayName": "@",
            "apiName": "ipfs",
            "subdomainGateway": True,
            "accessLogDays": 7,
        },
        "monitoring": {"alarmEmails": ["on-call@example.com"], "monthlyBudgetUsd": 100},
        "tags": {"team": "storage"},
    },
    "private": {
        "nodes": {"count": 2, "spot": "all-but-one", "kuboImage": "example.com/kubo-s3:v0.43.1"},
        "storage": {"datastore": "s3"},
        "backup": {"nodes": "all"},
        "swarm": {"mode": "private"},
        "gateway": {"authentication": "token"},
        "edge": {
            "scheme": "internet-facing",
            "domain": "example.com",
            "certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d",
            "loadBalancerCertificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d",
        },
        "monitoring": {"metrics": "none"},
    },
}
"""The configuration of each recorded stack, by name."""

# Keys that differ from run to run and do not describe the stack.
_DROPPED = ("created", "modified", "sourcePosition", "stackTrace")
_FURTHER = "outputs beside the inputs"


def pruned(state: Mapping[str, Any]) -> dict[str, Any]:
    """An exported state without what differs from run to run. Outputs that repeat the inputs are left out."""
    deployment = {key: value for key, value in state["deployment"].items() if key != "metadata"}
    manifest = {key: deployment["manifest"][key] for key in ("magic", "version")}
    resources = [_short(resource) for resource in deployment["resources"]]
    return {**state, "deployment": {**deployment, "manifest": manifest, "resources": resources}}


def _short(resource: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in resource.items() if key not in _DROPPED}
    inputs, outputs = kept.get("inputs", {}), kept.get("outputs", {})
    further = {key: value for key, value in outputs.items() if key not in inputs or inputs[key] != value}
    if {**inputs, **further} == outputs and inputs:
        del kept["outputs"]
        kept[_FURTHER] = further
    return kept


def whole(state: Mapping[str, Any]) -> dict[str, Any]:
    """The full state that the engine imports, from a pruned one."""

    def restored(resource: Mapping[str, Any]) -> dict[str, Any]:
        if _FURTHER not in resource:
            return dict(resource)
        others = {key: value for key, value in resource.items() if key != _FURTHER}
        return {**others, "outputs": {**resource["inputs"], **resource[_FURTHER]}}

    deployment = state["deployment"]
    return {**state, "deployment": {**deployment, "resources": [restored(resource) for resource in deployment["resources"]]}}


def text(configuration: Mapping[str, Any], state: Mapping[str, Any]) -> str:
    """A file: the configuration and the pruned state, with a line for each resource."""
    short = pruned(state)
    lines = ",\n".join(json.dumps(resource, separators=(",", ":")) for resource in short["deployment"]["resources"])
    empty = {**short, "deployment": {**short["deployment"], "resources": []}}
    return json.dumps({"configuration": configuration, "state": empty}).replace('"resources": []', f'"resources": [\n{lines}\n]') + "\n"


def recorded() -> list[Path]:
    """The files of all versions."""
    return sorted(FOLDER.glob("*/*.json"))


def read(file: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The configuration and the whole state of a file."""
    content = json.loads(file.read_text())
    return content["configuration"], whole(content["state"])


def record(name: str, checkout: Path, file: Path) -> None:
    """Deploys a configuration and writes its file. Raises RuntimeError with what the engine printed if the deployment fails."""
    from tests.helpers.engine import Stack

    configuration = CONFIGURATIONS[name]
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder) / "stack", checkout=checkout, **configuration)
        deployed = stack.up()
        if deployed.returncode:
            raise RuntimeError(deployed.stdout)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text(configuration, stack.export()))


def main(arguments: list[str]) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tools.record_state", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("name", nargs="*", help=f"configurations, of {', '.join(CONFIGURATIONS)} (all)")
    parser.add_argument("--checkout", type=Path, default=ROOT, help="the folder whose program is deployed (this one)")
    given = parser.parse_args(arguments)
    unknown = set(given.name) - CONFIGURATIONS.keys()
    if unknown:
        parser.error(f"no such configuration: {', '.join(sorted(unknown))}")
    for name in given.name or CONFIGURATIONS:
        file = FOLDER / schema.version(given.checkout / "components") / f"{name}.json"
        if file.exists():
            parser.error(f"{file.relative_to(ROOT)} already exists; raise the version in components/pyproject.toml first")
        record(name, given.checkout.resolve(), file)
        print(f"{file.relative_to(ROOT)}: {file.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main(sys.argv[1:])
