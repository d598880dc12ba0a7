"""The component in another Python project: installed from its folder, into an environment of its own."""

import shutil
import site
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.helpers.support import ROOT
from tools import schema

# Imports and types as a user's program has them, on an account that makes nothing.
PROGRAM = """
import pulumi
from ipfs_cluster import InvalidInput, IpfsCluster, IpfsClusterArgs


class Account(pulumi.runtime.Mocks):
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, object]]:
        made.append(args.typ)
        return f"{args.name}-id", {"arn": f"arn:aws:x:::{args.name}", **args.inputs}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, object], list[tuple[str, str]]]:
        zones = {"names": ["eu-west-1a", "eu-west-1b"], "zoneIds": ["euw1-az1", "euw1-az2"]}
        return {**zones, "accountId": "123456789012", "region": "eu-west-1", "partition": "aws", "resourceTagMappingLists": []}, []


made: list[str] = []
pulumi.runtime.set_mocks(Account(), preview=True)
settings: IpfsClusterArgs = {"nodes": {"count": 2}, "edge": {"mode": "none"}}


def program() -> None:
    cluster = IpfsCluster("ipfs", settings)
    url: pulumi.Output[str] | None = cluster.gateway_url
    assert url is None
    try:
        IpfsCluster("two", {"nodes": {"count": 7}})
    except InvalidInput as refused:
        print(refused.problems[0])


pulumi.runtime.test(program)()  # type: ignore[no-untyped-call]
print(made.count("aws:ecs/service:Service"))
"""


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a virtual environment that has the component from its folder, and what it depends on from this one."""
    folder = tmp_path_factory.mktemp("project")
    venv.create(folder / "venv", with_pip=False)
    made = folder / "venv" / "bin" / "python"
    installed = run(folder, sys.executable, "-m", "pip", "--python", str(made), "install", "--quiet", "--no-deps", "--retries", "0", str(ROOT / "components"))
    if "No matching distribution found for hatchling" in installed.stderr:
        pytest.skip("the build backend, hatchling, is not to be had: no package registry")
    assert installed.returncode == 0, installed.stderr
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    # A path in a .pth file does not bring the .pth files there, so not this repository's own copy either.
    (packages / "others.pth").write_text("\n".join(site.getsitepackages()))
    (folder / "program.py").write_text(PROGRAM)
    return made


def test_a_program_of_another_project(python: Path) -> None:
    done = run(python.parents[2], str(python), "program.py")
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        ["nodes.count: 7 is too many for 2 zone(s) (eu-west-1a, eu-west-1b); use up to 6, or name more in nodes.zones.", "2"],
    ), done.stderr


def contents(folder: Path) -> set[Path]:
    return {file.relative_to(folder) for file in folder.rglob("*") if file.is_file() and file.suffix != ".pyc"}


def test_what_is_installed(python: Path) -> None:
    (packages,) = (python.parents[1] / "lib").glob("python*/site-packages")
    for name in ("ipfs_cluster", "ipfs_cluster_cli"):
        assert contents(packages / name) == contents(ROOT / "components" / name)
        assert (packages / name / "py.typed").exists()
    package = packages / "ipfs_cluster"
    assert list(package.glob("edge/functions/*.js"))
    assert sorted(script.name for script in package.glob("daemons/*.sh")) == [
        "configure.sh",
        "keeper.sh",
        "keeper_of_followers.sh",
        "regions.sh",
        "start_cluster.sh",
        "start_kubo.sh",
        "verifier.sh",
    ]
    (metadata,) = package.parent.glob("ipfs_cluster_pulumi-*.dist-info/METADATA")
    told = metadata.read_text().splitlines()
    assert f"Version: {schema.version()}" in told
    ranges = [line.removeprefix("Requires-Dist: ") for line in told if line.startswith("Requires-Dist: ")]
    assert ranges, "dependencies are ranges: a pin would not go together with another library's"
    assert not [range_ for range_ in ranges if "==" in range_.partition(";")[0] or ">=" not in range_]


def test_the_command_is_installed(python: Path) -> None:
    done = run(python.parents[2], str(python.parent / "ipfs-cluster"), "--help")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "Usage: ipfs-cluster [OPTIONS] COMMAND [ARGS]..."), done.stderr


def test_its_types_are_checked(python: Path) -> None:
    """Programs under mypy --strict: that one, the examples, and one with mistakes that only types can tell."""
    folder = python.parents[2]
    (folder / "mistake.py").write_text('from ipfs_cluster import IpfsCluster\n\nIpfsCluster("ipfs", {"nodes": {"count": "3"}}).gateway_ulr\n')
    # The providers' own types are the largest by far, and not what this is about.
    (folder / "mypy.ini").write_text(
        "[mypy]\nstrict = true\n[mypy-pulumi_aws.*,pulumi_random.*]\nfollow_imports = skip\n[mypy-pulumi_aws]\nfollow_imports = skip\n"
    )
    checked = ["program.py", "mistake.py"]
    for example in (ROOT / "examples").glob("*/__main__.py"):
        checked.append(f"{example.parent.name.replace('-', '_')}.py")
        shutil.copy(example, folder / checked[-1])
        for module in set(example.parent.glob("*.py")) - {example}:  # what it imports
            shutil.copy(module, folder)
    mypy = (sys.executable, "-m", "mypy", "--python-executable", str(python), "--cache-dir", str(folder / "cache"), *checked)
    found = [line.rpartition("/")[2] for line in run(folder, *mypy).stdout.splitlines() if ": error: " in line]
    assert sorted(found) == [
        'mistake.py:3: error: "IpfsCluster" has no attribute "gateway_ulr"; maybe "gateway_url"?  [attr-defined]',
        'mistake.py:3: error: Incompatible types (expression has type "str", TypedDict item "count" has type "int")  [typeddict-item]',
    ]
