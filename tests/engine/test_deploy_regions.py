"""The example's script for several Regions, on the real engine, as a user runs it."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.helpers.engine import Stack, needs_engine
from tests.helpers.regions import FIRST, SECOND
from tests.helpers.support import EXAMPLES
from tests.helpers.world import TASK_DEFINITION, World

pytestmark = needs_engine

SMALL = '"edge": {"mode": "none"}, "backup": {"nodes": "none"}, "nodes": {"count": 1}, "monitoring": {"enabled": False}, "network"'


def test_it_goes_on_where_it_stopped_and_destroys_in_order(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "engine", World(tmp_path / "world.json", FIRST))  # for the stand-in of AWS and the backend
    folder = tmp_path / "several-regions"
    shutil.copytree(EXAMPLES / "several-regions", folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "Pulumi.yaml").write_text("name: ipfs-regions\nruntime: python\n")
    program = (folder / "__main__.py").read_text()
    at_once = "import ipfs_cluster.storage.storage\n\nipfs_cluster.storage.storage.RESOLVES_AFTER_SECONDS = 0\n"
    (folder / "__main__.py").write_text(at_once + program.replace('"network"', SMALL, 1))

    def deploy(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "deploy.py", *arguments], cwd=folder, env=stack.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )

    stack.world.lose(SECOND)
    stopped = deploy("up")
    assert stopped.returncode == 1, stopped.stdout
    assert "america (us-east-1): " in stopped.stderr
    assert f"lookup ec2.{SECOND}.amazonaws.com: no such host" in stopped.stderr
    assert stopped.stderr.endswith("run the same command again: it goes on with america\n")

    stack.world.lose()
    done = deploy("up")
    assert done.returncode == 0, done.stderr
    assert "europe     | the first Region: done before\n" in done.stdout
    titles = [line for line in done.stdout.splitlines() if ": " in line and " | " not in line]
    assert titles == ["the other Regions: america", "what joins them: world", "each Region hears of the others: europe, america"]
    made = [name for operation, _, name in stack.world.done() if operation == "create"]
    assert "ipfs-eu-west-1-us-east-1" in made
    definitions = [name for operation, type_, name in stack.world.done() if operation == "create" and type_ == TASK_DEFINITION]
    assert definitions.count("ipfs-eu-west-1a-task") == 2, "the first Region's node hears of the second's"
    assert definitions.count("ipfs-us-east-1a-task") == 1
    assert " update succeeded, " in deploy("status").stdout

    since = len(stack.world.done())
    gone = deploy("destroy")
    assert gone.returncode == 0, gone.stderr
    deleted = [name for operation, _, name in stack.world.done()[since:] if operation == "delete"]
    assert deleted.index("ipfs-eu-west-1-us-east-1") < deleted.index("ipfs-network-vpc")
    assert deploy("status").stdout.count("not deployed") == 3
