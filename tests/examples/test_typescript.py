"""The example in TypeScript, by the SDK that is made from the checked-in schema."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.helpers.support import EXAMPLES
from tools import schema

MISSING = [program for program in ("pulumi", "pulumi-language-nodejs", "npm", "node") if shutil.which(program) is None]


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if MISSING:
        pytest.skip(f"not installed: {', '.join(MISSING)}")
    folder = tmp_path_factory.mktemp("typescript")
    for file in ("index.ts", "package.json", "tsconfig.json"):
        shutil.copy(EXAMPLES / "typescript" / file, folder)
    made = run(folder, "pulumi", "package", "gen-sdk", str(schema.FILE), "--language", "nodejs", "--out", "sdks")
    assert made.returncode == 0, made.stderr
    (folder / "sdks" / "nodejs").rename(folder / "sdks" / "ipfs-cluster")
    installed = run(folder, "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--fetch-retries=0")
    if installed.returncode != 0:
        pytest.skip(f"npm cannot install what the example needs: {installed.stderr.strip().splitlines()[-1]}")
    return folder


def test_it_compiles(project: Path) -> None:
    compiled = run(project, "npx", "tsc", "--noEmit")
    assert (compiled.returncode, compiled.stdout) == (0, "")


def test_an_input_that_does_not_exist_does_not_compile(project: Path) -> None:
    program = (project / "index.ts").read_text()
    (project / "index.ts").write_text(program.replace("maxGib:", "maxGigabytes:"))
    compiled = run(project, "npx", "tsc", "--noEmit")
    (project / "index.ts").write_text(program)
    assert "'maxGigabytes' does not exist in type 'StorageSettingsArgs'" in compiled.stdout
