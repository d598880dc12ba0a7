"""Pure parts of the console, tested by Node's own test runner (console/tests/*.test.ts)."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.helpers.support import ROOT

CONSOLE = ROOT / "console"
TESTS = sorted((CONSOLE / "tests").glob("*.test.ts"))


@pytest.mark.parametrize("test", TESTS, ids=lambda path: path.name)
def test_units(test: Path, tmp_path: Path) -> None:
    if shutil.which("node") is None or not (CONSOLE / "node_modules").exists():
        pytest.skip("Node.js is not installed, or npm ci has not been run in console/")
    # The page's globals come first: modules look at them when they are loaded.
    page, bundled = CONSOLE / "tests" / "page.ts", tmp_path / "bundled.mjs"
    esbuild = CONSOLE / "node_modules" / "esbuild" / "bin" / "esbuild"
    options = ["--bundle", "--platform=node", "--format=esm", "--log-level=warning", f"--inject:{page}", f"--outfile={bundled}"]
    subprocess.run([esbuild, str(test), *options], cwd=CONSOLE, check=True)
    done = subprocess.run(["node", "--test", "--test-reporter=spec", str(bundled)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pass 0" not in done.stdout
