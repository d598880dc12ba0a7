"""An IPFS cluster for each environment, through Pulumi's Automation API: no project, no stack files, only this script.

The exit code is 0 on success, 1 when Pulumi or AWS refused something, 2 when the command line is wrong, and 3 when the cluster
fails its check.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from ipfs_cluster import IpfsCluster, IpfsClusterArgs
from ipfs_cluster.check import CheckFailedError
from ipfs_cluster.check import check as check_cluster
from pulumi import automation as auto

PROJECT = "ipfs-automation"


@dataclass(frozen=True)
class Environment:
    """What differs between environments."""

    region: str
    settings: IpfsClusterArgs = field(default_factory=IpfsClusterArgs)


ENVIRONMENTS = {
    "dev": Environment(
        "eu-west-1",
        {"nodes": {"cpu": 256, "memory": 1024, "spot": "all-but-one"}, "swarm": {"mode": "private"}, "storage": {"retain_on_delete": False}},
    ),
    "prod": Environment("eu-central-1", {"nodes": {"cpu": 1024, "memory": 4096}, "backup": {"nodes": "all"}}),
}


def program(environment: Environment) -> Callable[[], None]:
    """The Pulumi program of an environment."""

    def run() -> None:
        password = pulumi.Config().get_secret("apiPassword")
        settings: IpfsClusterArgs = {**environment.settings, "tags": {"environment": pulumi.get_stack()}}
        if password is not None:
            settings["api"] = {"password": password}
        cluster = IpfsCluster("ipfs", settings)
        # All outputs, for other users of the stack.
        for name in IpfsCluster.__annotations__:
            pulumi.export(name, getattr(cluster, name))

    return run


def select(name: str) -> auto.Stack:
    """The stack of an environment with its configuration. Creates the stack if it does not exist."""
    environment = ENVIRONMENTS[name]
    stack = auto.create_or_select_stack(stack_name=name, project_name=PROJECT, program=program(environment))
    if stack.history(page_size=1):
        stack.refresh_config()  # a script has no stack file: earlier configuration, with the password, is in the stack's state
    stack.set_config("aws:region", auto.ConfigValue(environment.region))
    if "IPFS_API_PASSWORD" in os.environ:
        stack.set_config("apiPassword", auto.ConfigValue(os.environ["IPFS_API_PASSWORD"], secret=True))
    return stack


def outputs(stack: auto.Stack) -> dict[str, Any]:
    """The stack's outputs by name, including secrets."""
    return {name: output.value for name, output in stack.outputs().items()}


def preview(stack: auto.Stack) -> None:
    """Shows what an update would change."""
    changes = stack.preview(on_output=progress).change_summary
    print("would change:", ", ".join(f"{count} {kind}" for kind, count in sorted(changes.items(), key=str)))


def update(stack: auto.Stack) -> None:
    """Creates or updates the cluster."""
    summary = stack.up(on_output=progress).summary
    print("done:", ", ".join(f"{count} {kind}" for kind, count in sorted((summary.resource_changes or {}).items())))
    found = outputs(stack)
    print("gateway: ", found.get("gateway_url"))
    print("REST API:", found.get("api_url"), "as", found.get("api_username"))


def check(stack: auto.Stack) -> None:
    """Adds a file through the REST API and reads it through the gateway. Raises CheckFailedError."""
    found = outputs(stack)
    if not found:
        raise CheckFailedError(f"stack {stack.name} does not exist; run: {sys.argv[0]} up {stack.name}")
    check_cluster(found)


def destroy(stack: auto.Stack) -> None:
    """Destroys the cluster and removes the stack. File systems and keys stay unless the environment says otherwise."""
    stack.destroy(on_output=progress)
    stack.workspace.remove_stack(stack.name)
    print("destroyed")


COMMANDS: Mapping[str, Callable[[auto.Stack], None]] = {"preview": preview, "up": update, "check": check, "destroy": destroy}


def progress(line: str) -> None:
    """Prints the engine's output as it arrives."""
    print("  ", line.rstrip(), flush=True)


def reason(error: auto.CommandError) -> str:
    """The errors in the engine's output, each once."""
    errors: list[str] = []
    for line in str(error).splitlines():
        text = line.strip().removeprefix("error: ")
        if line.strip().startswith(("error: ", "- ")) and not any(known in text for known in errors):
            errors.append(text)
    return "\n".join(errors) or str(error).strip()


def main(arguments: list[str]) -> int:
    """Runs one command on one environment and returns the exit code."""
    parser = argparse.ArgumentParser(description="An IPFS cluster for each environment.")
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("environment", choices=ENVIRONMENTS)
    given = parser.parse_args(arguments)
    try:
        COMMANDS[given.command](select(given.environment))
    except FileNotFoundError:
        print("the Pulumi CLI is not installed: https://www.pulumi.com/docs/install/", file=sys.stderr)
        return 1
    except auto.ConcurrentUpdateError:
        print(f"{given.environment}: another update is running; try again when it is done", file=sys.stderr)
        return 1
    except auto.CommandError as error:
        print(f"{given.environment}: {given.command} failed\n{reason(error)}", file=sys.stderr)
        return 1
    except CheckFailedError as error:
        print(f"{given.environment}: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
