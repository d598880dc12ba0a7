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
    bundle = "require('esbuild').buildSync({entryPoints: [process.argv[1]], inject: [process.argv[2]], outfile: process.argv[3], bundle: true, platform: 'node', format: 'esm'})"
    subprocess.run(["node", "-e", bundle, str(test), str(page), str(bundled)], cwd=CONSOLE, check=True)
    done = subprocess.run(["node", "--test", "--test-reporter=spec", str(bundled)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pass 0" not in done.stdout
