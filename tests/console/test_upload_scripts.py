"""What of the upload needs no browser: console/tests/*.test.ts."""

import subprocess
from pathlib import Path

import pytest

from tests.helpers.upload_scripts import bundle, needs_packages


@needs_packages
@pytest.mark.parametrize("script", ["choosing.test.ts", "sending.test.ts"])
def test_what_needs_no_browser(tmp_path: Path, script: str) -> None:
    done = subprocess.run(["node", "--test", str(bundle(script, tmp_path))], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
