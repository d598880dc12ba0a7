"""The command lines in the documentation: run here, or marked with what they need.

Command lines stand in blocks that begin with ```sh. A word behind it is a mark:

- none: a test runs the block on this machine (RUN below).
- aws: it needs a deployed stack. The commands of the AWS CLI in it run against a simulated account (tests/account/test_commands.py, and
  whole scripts in tests/account/test_scripts.py and test_leftovers.py), the settings of `pulumi config set` are held against the schema here.
- node: it is typed in a shell of a node's container. tests/daemons/test_nodes.py does so.
"""

import http.server
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ipfs_cluster.inputs.nodes import FARGATE_MEMORY, ResolvedNodes

from tests.helpers import rest_api
from tests.helpers.pages import PAGES, anchors, command_blocks, commands, every_code
from tests.helpers.serving import serving
from tests.helpers.support import ROOT

SCHEMA = json.loads((ROOT / "components" / "schema.json").read_text())

# What make runs for a line; the tests in tests/daemons, tests/account/test_cost.py and tests/unit/test_bench.py run that.
MADE = {
    "make up": "-m sandbox up --stack dev",
    "make up STACK=two-regions": "-m sandbox up --stack two-regions",
    "make delay STACK=two-regions MS=240": "-m sandbox delay --stack two-regions --milliseconds 240",
    "make cut STACK=two-regions": "-m sandbox cut --stack two-regions",
    "make join STACK=two-regions": "-m sandbox join --stack two-regions",
    "make client STACK=two-regions REGION=us-west-2": "-m sandbox client --stack two-regions --region us-west-2",
    "make out STACK=two-regions REGION=us-east-1": "-m sandbox out --stack two-regions --region us-east-1",
    "make in STACK=two-regions REGION=us-east-1": "-m sandbox in --stack two-regions --region us-east-1",
    "make down STACK=america": "-m sandbox down --stack america",
    "make down STACK=two-regions": "-m sandbox down --stack two-regions",
    "make test": "-m pytest",
    "make format": "ruff format .",
    "make lint": "ruff format --check .",
    "make types": "/pyright --level error",
    "make check": "-m pytest",
    "make coverage": "--cov-report=html:.coverage-data/html",
    "make generate": "-m tools",
    "make console": "npm run build --prefix console",
    'make cost STACK=dev ASSUME="stored_gib=500 read_gib=2000"': "-m cost dev stored_gib=500 read_gib=2000",
    'make cost STACK=two-regions ASSUME="added_gib=500"': "-m cost two-regions added_gib=500",
    'make size LOAD="pins=1000000 tib=10 nodes=6 copies=3"': "-m cost size pins=1000000 tib=10 nodes=6 copies=3",
    "make bench": "-m bench quick",
    "make bench BENCH=full": "-m bench full",
    'make bench BENCH="quick add back"': "-m bench quick add back",
    "make chaos": "-m chaos",
    "make chaos SEED=7 MINUTES=5 NODES=3": "-m chaos --seed 7 --minutes 5 --nodes 3",
    "make chaos SEED=1 RUNS=20 MINUTES=3": "-m chaos --seed 1 --minutes 3 --runs 20",
    'make chaos FAULTS="kill pause-kubo"': "-m chaos --faults kill pause-kubo",
    'make bench BENCH="report bench/results/<result>.json"': "-m bench report bench/results/<result>.json",
}


def make(block: str, folder: Path) -> None:
    """Asks make what it would run."""
    for line in block.splitlines():
        command = line.partition(" #")[0].strip()
        done = subprocess.run(
            [*shlex.split(command), "--no-print-directory", "--dry-run", "-o", ".venv/ready"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert " ".join(done.stdout.replace("\\\n", " ").split()).endswith(MADE[command])


def curl(block: str, folder: Path) -> None:
    """Runs the lines against a server that only notes what it is asked."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked.append((self.command, self.path, self.headers.get("Authorization"), b'filename="README.md"' in body))
            self.send_response(200)
            self.end_headers()

        do_GET = do_POST = answer  # noqa: N815 (the server's names)

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 (the server's name)

    with serving(Handler) as port:
        (folder / ".sandbox" / "dev").mkdir(parents=True)
        (folder / ".sandbox" / "dev" / "curl.conf").write_text('user = "me:x"\n')
        (folder / "README.md").write_text("read me")
        here = f"127.0.0.1:{port}"
        script = re.sub(r"127\.0\.0\.1:\d+", here, block).replace("<cid>", "bafkqaaa")
        subprocess.run(["bash", "-ec", script], cwd=folder, check=True, capture_output=True)
    me = "Basic bWU6eA=="
    assert asked == [("GET", "/peers", me, False), ("POST", "/add?cid-version=1&stream-channels=false", me, True), ("GET", "/ipfs/bafkqaaa", None, False)]


def check(block: str, folder: Path) -> None:
    """Runs the line where nobody answers; tests/daemons/test_monitoring.py runs it where somebody does."""
    (folder / ".sandbox" / "dev").mkdir(parents=True)
    outputs = {"api_url": "http://127.0.0.1:9", "gateway_url": "http://127.0.0.1:9", "cluster_peer_ids": {"a": "1"}, "api_username": "u", "api_password": "p"}
    (folder / ".sandbox" / "dev" / "outputs.json").write_text(json.dumps(outputs))
    script = block.replace(".venv/bin/python", sys.executable)
    done = subprocess.run(["bash", "-ec", script], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: the REST API at http://127.0.0.1:9 does not answer: ")
    assert done.stdout.startswith("FAIL  nodes ")


def publish(block: str, folder: Path) -> None:
    """Publishes the page to a stand-in for a cluster; tests/daemons/test_publish.py publishes to a real one."""
    with rest_api.cluster() as cluster:
        (folder / ".sandbox" / "dev").mkdir(parents=True)
        (folder / ".sandbox" / "dev" / "outputs.json").write_text(json.dumps(cluster.outputs()))
        (folder / "README.md").write_text("read me")
        script = block.replace(".venv/bin/ipfs-cluster", f"{sys.executable} -m ipfs_cluster_cli")
        subprocess.run(["bash", "-ec", script], cwd=folder, check=True, capture_output=True)
        assert [pin["name"] for pin in cluster.pins.values()] == ["README.md"]


def policies(block: str, folder: Path) -> None:
    """Writes the deployer's policies where the line says."""
    shutil.copytree(ROOT / "tools", folder / "tools")
    script = block.replace(".venv/bin/python", sys.executable)
    subprocess.run(["bash", "-ec", script], cwd=folder, check=True, capture_output=True)
    written = {file.name: file.read_text() for file in (folder / "policies").iterdir()}
    assert written == {file.name: file.read_text() for file in (ROOT / "docs" / "deployer").iterdir()}


def test_what_a_stack_needs_of_fargates_quota() -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    quota = int(re.findall(r"^\| Fargate on-demand vCPUs .*?\| (\d+) \|", text, re.MULTILINE)[0])
    rows = re.findall(r"^\| (\d+) × (\d+)(?: \(default\))? \| ([\d.]+) \| (yes|no)", text, re.MULTILINE)
    assert len(rows) >= 5
    for count, cpu, vcpus, within in rows:
        needed = int(count) * int(cpu) / 1024
        assert (float(vcpus), within) == (needed, "yes" if needed + 0.25 <= quota else "no")
        assert int(cpu) in FARGATE_MEMORY
    (default,) = re.findall(r"^\| (\d+) × (\d+) \(default\)", text, re.MULTILINE)
    assert default == (str(ResolvedNodes().count), str(ResolvedNodes().cpu))


RUN: dict[str, Callable[[str, Path], None]] = {
    "make up ": make,
    "make size ": make,
    "make format ": make,
    "make cost ": make,
    "make bench ": make,
    "make chaos ": make,
    "curl --config .sandbox/dev/curl.conf ": curl,
    ".venv/bin/python -m ipfs_cluster.check ": check,
    ".venv/bin/ipfs-cluster publish ": publish,
    ".venv/bin/python -m tools.deployer ": policies,
}
"""What runs a block, by how it begins."""

LANGUAGES = {"sh", "yaml", "json", "python", "text"}
PROGRAMS = (
    "pulumi",
    "aws",
    "make",
    "curl",
    "ipfs",
    "ipfs-cluster",
    "ipfs-cluster-ctl",
    "docker",
    "git",
    "pip",
    "python",
    ".venv/bin/python",
    "rm",
    "npm",
    "jq",
)


def words(command: str) -> list[str]:
    """The words of a line, without its comment."""
    return shlex.split(command, comments=True)


def test_code_is_fenced_and_says_what_it_is() -> None:
    assert [str(block) for block in every_code() if block.kind == "indented"] == [], "put it between fences, with its language: no test sees it else"
    assert [str(block) for block in every_code() if block.language not in LANGUAGES | {""}] == []
    plain = [block for block in every_code() if block.kind == "fenced" and block.language in ("", "text")]
    assert [str(block) for block in plain for line in block.text.splitlines() if line.partition(" ")[0] in PROGRAMS] == [], "command lines are ```sh"


def test_every_block_is_run_or_marked() -> None:
    found = command_blocks()
    assert len(found) >= 50
    assert {block.mark for block in found} == {"", "aws", "node"}
    unknown = [str(block) for block in found if not block.mark and not block.text.startswith(tuple(RUN))]
    assert unknown == [], "let a test run these, or mark them by what they need"


@pytest.mark.parametrize("beginning", RUN)
def test_the_blocks_that_need_nothing(beginning: str, tmp_path: Path) -> None:
    blocks = [block.text for block in command_blocks() if not block.mark and block.text.startswith(beginning)]
    assert blocks
    for index, block in enumerate(blocks):
        (folder := tmp_path / str(index)).mkdir()
        RUN[beginning](block, folder)


def test_what_is_marked_needs_what_its_mark_says() -> None:
    needs = ("pulumi ", "aws ", "make accept", "deploy.py", "ipfs-cluster-ctl", "ipfs-cluster ", "GATEWAY", "ipfs pin remote ", "ipfs name ")
    assert [str(block) for block in command_blocks() if block.mark == "aws" and not any(word in block.text for word in needs)] == []
    lines = [line for block in command_blocks() if block.mark == "node" for line in commands(block.text)]
    assert {words(line)[0] for line in lines} <= {"ipfs-cluster-ctl", "ipfs", "rm"}


def settings() -> list[tuple[str, str]]:
    """Where `pulumi config set --path` (or rm) is, and the path."""
    found = []
    for code in every_code():
        for line in commands(code.text) if not code.page.startswith("examples/") else []:
            match = re.search(r"\bpulumi config (?:set|rm) ([^|&;#]*)", line)
            if match and "--path" in match[1]:
                found.append((str(code), next(word for word in words(match[1].replace("$(", "")) if not word.startswith("--"))))
    return found


@pytest.mark.parametrize(("where", "path"), settings())
def test_settings_exist(where: str, path: str) -> None:
    group, _, key = path.partition(".")
    declared = SCHEMA["resources"]["ipfs-cluster:index:IpfsCluster"]["inputProperties"][group]
    fields = SCHEMA["types"][declared["$ref"].removeprefix("#/types/")]["properties"]
    assert re.split(r"[.\[]", key)[0] in fields


def test_settings_are_found() -> None:
    assert {path for _, path in settings()} >= {"nodes.count", "nodes.zones[0]", "nodes.kuboImage", "swarm.mode", "api.password"}


def test_links_within_the_repository_lead_somewhere() -> None:
    broken = []
    for page in PAGES:
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
            path, _, anchor = target.partition("#")
            if "://" in target:
                continue
            file = (page.parent / path).resolve() if path else page
            if not file.exists() or (anchor and anchor not in anchors(file)):
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []
