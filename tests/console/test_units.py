"""Pure parts of the console, tested by Node's own test runner (console/tests/*.test.ts)."""

import subprocess
from pathlib import Path

import pytest

from tests.helpers.upload_scripts import CONSOLE, bundle, needs_packages

TESTS = sorted((CONSOLE / "tests").glob("*.test.ts"))


@needs_packages
@pytest.mark.parametrize("test", TESTS, ids=lambda path: path.name)
def test_units(test: Path, tmp_path: Path) -> None:
    # The page's globals come first: modules look at them when they are loaded.
    bundled = bundle(test.name, tmp_path, f"--inject:{CONSOLE / 'tests' / 'page.ts'}")
    done = subprocess.run(["node", "--test", "--test-reporter=spec", str(bundled)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pass 0" not in done.stdout
