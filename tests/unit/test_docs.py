"""The command lines in the documentation: run here, or marked (```sh aws) as needing an AWS account."""

import http.server
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ipfs_cluster.inputs.nodes import FARGATE_MEMORY, ResolvedNodes

from tests.helpers.support import ROOT

PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted(ROOT.glob("components/*.md")),
    *sorted(ROOT.glob("examples/*/*.md")),
]
BLOCK = re.compile(r"^( *)```(sh|bash|shell|console)\b *(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def blocks() -> Iterator[tuple[Path, str, str]]:
    """The page, the mark and the text of every block of command lines."""
    for page in PAGES:
        for indent, _, mark, text in BLOCK.findall(page.read_text()):
            yield page, mark, "".join(line.removeprefix(indent) for line in text.splitlines(keepends=True))


def make(block: str, folder: Path) -> None:
    """Asks make what it would run; tests/daemons/test_command.py runs that."""
    wanted = {"make up": " -m sandbox up --stack dev", "make test": " -m pytest"}
    for line in block.splitlines():
        command = line.partition("#")[0].strip()
        done = subprocess.run([*command.split(), "--dry-run", "-o", ".venv/ready"], cwd=ROOT, capture_output=True, text=True, check=True)
        assert wanted[command] in done.stdout


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

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever).start()
    try:
        (folder / ".sandbox" / "dev").mkdir(parents=True)
        (folder / ".sandbox" / "dev" / "curl.conf").write_text('user = "me:x"\n')
        (folder / "README.md").write_text("read me")
        here = f"127.0.0.1:{server.server_port}"
        script = re.sub(r"127\.0\.0\.1:\d+", here, block).replace("<cid>", "bafkqaaa")
        subprocess.run(["bash", "-ec", script], cwd=folder, check=True, capture_output=True)
    finally:
        server.shutdown()
        server.server_close()
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
    "curl --config .sandbox/dev/curl.conf ": curl,
    ".venv/bin/python -m ipfs_cluster.check ": check,
    ".venv/bin/python -m tools.deployer ": policies,
}
"""What runs a block, by how it begins."""


def test_every_block_is_run_or_marked() -> None:
    found = list(blocks())
    assert len(found) >= 20
    assert {mark for _, mark, _ in found} == {"", "aws"}
    unknown = [f"{page.relative_to(ROOT)}: {text.splitlines()[0]}" for page, mark, text in found if not mark and not text.startswith(tuple(RUN))]
    assert unknown == [], "let a test run these, or mark them by ```sh aws"


@pytest.mark.parametrize("beginning", RUN)
def test_the_blocks_that_need_no_account(beginning: str, tmp_path: Path) -> None:
    (block,) = [text for _, mark, text in blocks() if not mark and text.startswith(beginning)]
    RUN[beginning](block, tmp_path)


def test_what_is_marked_needs_an_account() -> None:
    needs = ("pulumi ", "aws ", "make accept", "deploy.py", "ipfs-cluster-ctl")
    assert [text for _, mark, text in blocks() if mark and not any(word in text for word in needs)] == []


def test_links_within_the_repository_lead_somewhere() -> None:
    broken = []
    for page in PAGES:
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
            path, _, anchor = target.partition("#")
            if "://" in target:
                continue
            file = (page.parent / path).resolve() if path else page
            anchors = [re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in re.findall(r"^#+ (.*)$", _prose(file), re.MULTILINE)]
            if not file.exists() or (anchor and anchor not in anchors):
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []


def _prose(file: Path) -> str:
    """A page without its code; nothing of what is no page."""
    return re.sub(r"^ *```.*?^ *```$", "", file.read_text(), flags=re.MULTILINE | re.DOTALL) if file.suffix == ".md" else ""
