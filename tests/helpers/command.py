"""The command ipfs-cluster, run as a user does, against a sandbox."""

import json
import os
import subprocess
import sys
from typing import Any

from tests.helpers.daemons import Cluster


def command(cluster: Cluster, *words: str, program: str = "", **changed: Any) -> tuple[list[str], dict[str, str], str]:
    """The command line, its environment, and what it reads: the outputs."""
    outputs = {**json.loads(cluster.sandbox.outputs_file.read_text()), **changed}
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("IPFS_CLUSTER", "CLUSTER_"))}
    start = ["-c", program] if program else ["-m", "ipfs_cluster_cli"]
    return [sys.executable, *start, *words, "--outputs", "-"], environment, json.dumps(outputs)


def run(cluster: Cluster, *words: str, **changed: Any) -> subprocess.CompletedProcess[str]:
    line, environment, outputs = command(cluster, *words, **changed)
    return subprocess.run(line, env=environment, input=outputs, capture_output=True, text=True, check=False)


def done(cluster: Cluster, *words: str, **changed: Any) -> dict[str, Any]:
    """The result of a command that succeeds."""
    ran = run(cluster, *words, "--json", **changed)
    assert ran.returncode == 0, ran.stderr
    return dict(json.loads(ran.stdout))
