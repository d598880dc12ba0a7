import shutil
from pathlib import Path

import pytest

from tests.helpers.support import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The program in a folder of its own, so that a test leaves the real one's sandbox alone."""
    for name in ("__main__.py", "Pulumi.yaml", "Pulumi.dev.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path
