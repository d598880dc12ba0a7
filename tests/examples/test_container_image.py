"""The container image: from Docker to the cluster, and from the gateway back to Docker, with real ones."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import example
from tests.helpers.daemons import Cluster, needs_daemons, running
from tests.helpers.support import EXAMPLES
from tools.images import IMAGES

FOLDER = EXAMPLES / "container-image"
MISSING = [program for program in ("docker", "skopeo", "curl", "tar") if shutil.which(program) is None]

pytestmark = [needs_daemons, example.needs_command, pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")]

IMAGE = "ipfs-example-of-an-image:1.0"


@dataclass(frozen=True)
class Machine:
    """A machine with Docker, and a cluster."""

    cluster: Cluster
    folder: Path

    def run(self, *command: str | Path, **variables: str) -> str:
        """What a command prints; it must succeed."""
        done = self.tried(*command, **variables)
        assert done[0] == 0, done
        return done[1]

    def tried(self, *command: str | Path, **variables: str) -> tuple[int, str, str]:
        """Exit code, output and errors of a command."""
        outputs = json.loads(self.cluster.sandbox.outputs_file.read_text())
        where = {
            "IPFS_CLUSTER_API_URL": outputs["api_url"],
            "IPFS_CLUSTER_GATEWAY_URL": outputs["gateway_url"],
            "IPFS_CLUSTER_CREDENTIALS": f"{outputs['api_username']}:{outputs['api_password']}",
        }
        done = example.run(*command, folder=self.folder, path=example.with_command(self.folder / "bin"), **{**where, **variables})
        return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    groups: dict[str, Any] = {"network": {"cidr": "10.241.0.0/16"}, "swarm": {"mode": "private"}, "nodes": {"count": 1}}
    with running(tmp_path_factory.mktemp("image"), groups) as cluster:
        yield Machine(cluster, tmp_path_factory.mktemp("machine"))


@pytest.fixture
def id_(machine: Machine) -> Iterator[str]:
    """A new image with a file of its own, by its ID."""
    base = next(image for image in IMAGES if "haproxy" in image)
    container = machine.run("docker", "create", base).strip()
    (machine.folder / "greeting").write_text("read from IPFS\n")
    machine.run("docker", "cp", machine.folder / "greeting", f"{container}:/greeting")
    program = ["--change", "ENTRYPOINT []", "--change", 'CMD ["cat", "/greeting"]']
    yield machine.run("docker", "commit", *program, container, IMAGE).strip()
    machine.run("docker", "rm", container)
    machine.run("docker", "rmi", "--force", IMAGE)


def layers(machine: Machine, image: str) -> list[str]:
    return list(json.loads(machine.run("docker", "image", "inspect", "--format", "{{json .RootFS.Layers}}", image)))


def test_an_image_goes_to_the_cluster_and_comes_back(machine: Machine, id_: str) -> None:
    before = layers(machine, IMAGE)
    (line,) = machine.run(FOLDER / "publish.sh", IMAGE).splitlines()
    script, cid, digest, image = line.split()
    assert (script, image) == ("./pull.sh", IMAGE)
    assert machine.run(FOLDER / "publish.sh", IMAGE) == f"{line}\n", "the same image has the same CID"

    machine.run("docker", "rmi", "--force", IMAGE)
    assert machine.tried("docker", "image", "inspect", id_)[0] != 0, "it is gone here"
    code, _, said = machine.tried(FOLDER / "pull.sh", cid, "sha256:" + "0" * 64, IMAGE)
    assert (code, said) == (1, f"error: the gateway serves the image {digest}, and not sha256:{'0' * 64}\n")
    assert machine.tried("docker", "image", "inspect", IMAGE)[0] != 0

    machine.run(FOLDER / "pull.sh", cid, digest, IMAGE)
    assert layers(machine, IMAGE) == before
    assert machine.run("docker", "run", "--rm", "--network", "none", IMAGE) == "read from IPFS\n"
    assert machine.run(FOLDER / "publish.sh", IMAGE) == f"{line}\n", "what was pulled is what was published"


def test_what_is_not_there_ends_with_an_error(machine: Machine) -> None:
    assert machine.tried(FOLDER / "publish.sh", "ipfs-example-of-none:1")[0] != 0
    unknown = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"
    code, _, said = machine.tried(FOLDER / "pull.sh", unknown, "sha256:0", IMAGE)
    assert code != 0
    assert "404" in said
