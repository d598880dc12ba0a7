"""The permissions that a deployer needs, as IAM policies, from tools/deployer.yaml: `python -m tools.deployer` writes docs/deployer/.

`python -m tools.deployer --name pins --project my-project FOLDER` writes those for another component and project.
"""

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "deployer"
TABLE: Mapping[str, Any] = yaml.safe_load((Path(__file__).resolve().parent / "deployer.yaml").read_text())
MOST_CHARACTERS = 6144
"""The size of a managed policy, without white space: IAM User Guide, "IAM and AWS STS quotas", November 2026."""

Policy = dict[str, Any]


def actions() -> set[str]:
    """All actions that some resource or look-up needs."""
    resources = {action for row in TABLE["types"].values() for action in row["actions"]}
    return resources | {action for needed in TABLE["look_ups"].values() for action in needed}


def scope(action: str) -> str:
    """The name of the scope that an action is in; empty for one that is allowed on every resource."""
    for name, known in TABLE["scopes"].items():
        if any(action == of or (of.endswith("*") and action.startswith(of[:-1])) for of in known["actions"]):
            return str(name)
    return ""


def documents(name: str = "ipfs", project: str = "ipfs-cluster", partition: str = "aws") -> dict[str, Policy]:
    """The policies by file name, for a component ``name`` of a project."""

    def filled(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [filled(item) for item in value]
        return value.replace("{name}", name).replace("{project}", project).replace("{partition}", partition)

    found = {}
    for document, services in TABLE["documents"].items():
        by_scope: dict[str, list[str]] = {}
        for action in sorted(actions()):
            if action.partition(":")[0] in services:
                by_scope.setdefault(scope(action), []).append(action)
        statements = []
        for sid, allowed in sorted(by_scope.items()):
            known = TABLE["scopes"].get(sid, {"resources": ["*"]})
            statement = {"Sid": sid or "Everywhere", "Effect": "Allow", "Action": allowed, "Resource": known["resources"]}
            statements.append(filled({**statement, **({"Condition": known["condition"]} if "condition" in known else {})}))
        if "iam" in services:
            statements += map(filled, _roles())
        found[document] = {"Version": "2012-10-17", "Statement": statements}
    return found


def _roles() -> Iterator[dict[str, Any]]:
    """The two permissions on roles that depend on the service that uses the role."""
    rows = TABLE["types"].values()
    passed = sorted({row["passes"]["service"] for row in rows if "passes" in row})
    linked = sorted({service for row in rows for service in row.get("links", [])})
    yield {
        "Sid": "PassOwnRoles",
        "Effect": "Allow",
        "Action": ["iam:PassRole"],
        "Resource": ["arn:{partition}:iam::*:role/{name}-*"],
        "Condition": {"StringEquals": {"iam:PassedToService": passed}},
    }
    yield {
        "Sid": "ServiceLinkedRoles",
        "Effect": "Allow",
        "Action": ["iam:CreateServiceLinkedRole"],
        "Resource": ["arn:{partition}:iam::*:role/aws-service-role/*"],
        "Condition": {"StringEquals": {"iam:AWSServiceName": linked}},
    }


def size(policy: Policy) -> int:
    """The size as IAM counts it."""
    return len(json.dumps(policy, separators=(",", ":")))


def text(policy: Policy) -> str:
    """A policy's file."""
    return json.dumps(policy, indent=2) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tools.deployer", description="Writes the policies of a deployer.")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="the output folder (%(default)s)")
    parser.add_argument("--name", default="ipfs", help="the component's name (%(default)s)")
    parser.add_argument("--project", default="ipfs-cluster", help="the Pulumi project's name (%(default)s)")
    parser.add_argument("--partition", default="aws", help="aws, aws-cn or aws-us-gov (%(default)s)")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    for document, policy in documents(given.name, given.project, given.partition).items():
        file = given.folder / f"{document}.json"
        file.write_text(text(policy))
        print(f"{file}: {size(policy)} of {MOST_CHARACTERS} characters")
