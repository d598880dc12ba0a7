"""The workflow for GitHub Actions: what it asks for, what its steps run, and what the role may be assumed by."""

import importlib
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helpers import example
from tests.helpers.support import EXAMPLES, ROOT

FOLDER = EXAMPLES / "github-actions"
TEXT = (FOLDER / "publish.yml").read_text()
WORKFLOW: dict[Any, Any] = yaml.safe_load(TEXT)
JOB = WORKFLOW["jobs"]["publish"]
STEPS = {step.get("name") or step["uses"].partition("@")[0]: step for step in JOB["steps"]}


def test_it_is_a_workflow() -> None:
    if shutil.which("actionlint") is None:
        pytest.skip("actionlint is not installed")
    done = subprocess.run(["actionlint", "-no-color", FOLDER / "publish.yml"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_it_runs_on_pushes_to_main_and_never_twice_at_a_time() -> None:
    assert WORKFLOW[True] == {"push": {"branches": ["main"]}}, "YAML 1.1 reads the key `on` as true"
    assert WORKFLOW["concurrency"] == {"group": "publish", "cancel-in-progress": False}


def test_it_may_do_little_and_its_actions_are_pinned() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert JOB["permissions"] == {"contents": "read", "id-token": "write"}
    used = re.findall(r"uses: (.*)", TEXT)
    assert [action for action in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", action)] == []
    own = set(re.findall(r"uses: (.*)", (ROOT / ".github" / "workflows" / "ci.yml").read_text()))
    assert {action for action in used if action.startswith("actions/")} <= own, "the versions that this repository uses itself"


def test_no_expression_is_in_a_script() -> None:
    """Values reach the scripts as variables: what is in them is never run."""
    scripts = [step["run"] for step in JOB["steps"] if "run" in step]
    assert len(scripts) == 2
    assert [script for script in scripts if "${{" in script] == []
    assert re.findall(r"secrets\.\w+", TEXT) == ["secrets.IPFS_CLUSTER_CREDENTIALS"]


def test_the_step_publishes_and_says_what(tmp_path: Path) -> None:
    if shutil.which("jq") is None:
        pytest.skip("jq is not installed")
    command = tmp_path / "bin" / "ipfs-cluster"
    command.parent.mkdir()
    command.write_text('#!/bin/sh\necho "$@" >> said\ncat "$4" >> said\necho \'{"cid": "bafyabc"}\'\nexit "$CODE"\n')
    command.chmod(0o755)
    (tmp_path / "step.sh").write_text(STEPS["Publish"]["run"])
    assert STEPS["Publish"]["env"].keys() == {"OUTPUTS", "HOST", "IPFS_CLUSTER_CREDENTIALS"}
    variables = {"RUNNER_TEMP": str(tmp_path), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"), "OUTPUTS": '{"api_url": "x"}', "HOST": "www.example.com"}
    # As GitHub runs a step.
    done = example.run("bash", "--noprofile", "--norc", "-eo", "pipefail", "step.sh", folder=tmp_path, path=command.parent, CODE="0", **variables)
    assert (done.returncode, done.stdout) == (0, '{"cid": "bafyabc"}\n'), done.stderr
    assert (tmp_path / "said").read_text() == f'publish public --outputs {tmp_path}/outputs.json --website www.example.com --json\n{{"api_url": "x"}}'
    assert (tmp_path / "summary.md").read_text() == "Published `bafyabc`\n"
    failed = example.run("bash", "--noprofile", "--norc", "-eo", "pipefail", "step.sh", folder=tmp_path, path=command.parent, CODE="3", **variables)
    assert failed.returncode == 3, "a publication that failed is a run that failed"


@example.needs_command
def test_the_command_takes_these_options() -> None:
    publish = importlib.import_module("ipfs_cluster_cli.commands").commands.commands["publish"]
    known = {option for parameter in publish.params for option in parameter.opts}
    pages = [*EXAMPLES.glob("*/*.md"), *EXAMPLES.glob("*/*.yml"), *EXAMPLES.glob("*/*.sh")]
    used = {word for page in pages for line in re.findall(r"ipfs-cluster publish ([^|)\n]*)", page.read_text()) for word in shlex.split(line)}
    options = {word for word in used if word.startswith("--")}
    assert options >= {"--outputs", "--website", "--json", "--name", "--quiet"}
    assert options <= known


def test_only_the_repositorys_main_branch_gets_the_role() -> None:
    (statement,) = json.loads((FOLDER / "trust-policy.json").read_text())["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Principal"]["Federated"].endswith(":oidc-provider/token.actions.githubusercontent.com")
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:my-organization/my-website:ref:refs/heads/main",
        }
    }
