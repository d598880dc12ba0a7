"""The console comes to a running stack, gets another version, and leaves, on the real engine."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from ipfs_cluster.edge import page

from tests.helpers.engine import Stack, needs_engine
from tests.helpers.support import ROOT

pytestmark = needs_engine

SMALL: dict[str, Any] = {"backup": {"nodes": "none", "pinsetSchedule": "never"}, "nodes": {"count": 1}}
NAME = "ipfs-edge-console"
KINDS = (
    "Bucket",
    "BucketLifecycleConfiguration",
    "BucketPolicy",
    "BucketPublicAccessBlock",
    "BucketServerSideEncryptionConfiguration",
    "Function",
    "OriginAccessControl",
    "ResponseHeadersPolicy",
)
ASSETS = {f"BucketObjectv2 {NAME}-{page.label(file)}" for file in page.files() if file.startswith("assets/")}
OTHERS = {f"BucketObjectv2 {NAME}-{page.label(file)}" for file in (*page.files(), page.CONFIGURATION) if not file.startswith("assets/")}
PARTS = {f"{kind} {NAME}" for kind in KINDS} | OTHERS


def done(stack: Stack, *options: str) -> list[str]:
    """Updates a stack; what was done, in order."""
    since = len(stack.world.done())
    updated = stack.up(*options)
    assert updated.returncode == 0, updated.stdout
    return [f"{operation} {type_.rpartition(':')[2]} {name}" for operation, type_, name in stack.world.done()[since:]]


def assert_in_order(steps: Sequence[str], *wanted: str) -> None:
    assert sorted(wanted, key=steps.index) == list(wanted)


def test_it_comes_and_goes_and_nothing_else_changes_but_the_apis_distribution(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "stack", edge={"console": False}, **SMALL)
    assert [step for step in done(stack) if NAME in step] == []
    stack.configure(**SMALL)
    on = done(stack)
    assert set(on) == {f"create {part}" for part in PARTS | ASSETS} | {"update Distribution ipfs-edge-api"}
    index = f"create BucketObjectv2 {NAME}-index.html"
    assert_in_order(on, f"create Bucket {NAME}", *sorted((f"create {asset}" for asset in ASSETS), key=on.index), index, f"create BucketPolicy {NAME}")
    assert done(stack, "--expect-no-changes") == []
    stack.configure(edge={"console": False}, **SMALL)
    off = done(stack)
    # What is named by its content is left to the bucket, which is deleted with what is in it.
    assert set(off) == {f"delete {part}" for part in PARTS} | {"update Distribution ipfs-edge-api"}
    assert off[0] == "update Distribution ipfs-edge-api", "it uses them until then"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A program whose console can be changed."""
    folder = tmp_path / "checkout"
    shutil.copytree(ROOT / "components", folder / "components", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "__main__.py", folder)
    return folder


def test_another_version_comes_before_the_page_that_names_it_and_the_old_one_stays(tmp_path: Path, checkout: Path) -> None:
    stack = Stack(tmp_path / "stack", checkout=checkout, **SMALL)
    done(stack)
    built = checkout / page.FOLDER.relative_to(ROOT)
    (script,) = built.glob("assets/console-*.js")
    script.write_text("// another version")
    script.rename(script.with_name("console-0a1b2c3d.js"))
    (built / page.INDEX).write_text("names it")
    assert done(stack) == [f"create BucketObjectv2 {NAME}-console.js", f"update BucketObjectv2 {NAME}-index.html"]
    keys = {resource["inputs"]["key"] for resource in stack.export()["deployment"]["resources"] if resource["type"].endswith(":BucketObjectv2")}
    assert "console/assets/console-0a1b2c3d.js" in keys
    assert done(stack, "--expect-no-changes") == []
