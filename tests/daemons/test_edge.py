"""What goes wrong in a node and passes through CloudFront: archives that are cut short, adds that fail. With real daemons."""

import http.client
import io
import json
import os
import re
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.daemons import Cluster, needs_daemons, running
from tests.helpers.edge_cache import Cache, server
from tests.helpers.edge_functions import needs_node
from tests.helpers.pages import command_blocks
from tests.helpers.readers import READERS, TOKENS, YEAR
from tests.helpers.support import deployed_small
from tests.helpers.trailerless import Proxy, trailerless
from tests.helpers.waiting import until

pytestmark = needs_daemons


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    groups = {"network": {"cidr": "10.209.0.0/16"}, "swarm": {"mode": "private"}, "nodes": {"count": 1}, "edge": {"mode": "none"}}
    with running(tmp_path_factory.mktemp("edge"), groups) as made:
        yield made


# --- archives that are cut short --------------------------------------------------------------------------------------


class Directory:
    """A pinned directory of three files of a block each, and the place of one of these blocks in its node's store."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster, self._ipfs = cluster, cluster.container(cluster.names[0], "ipfs").id
        self.names = ["a", "b", "c"]
        node = cluster.sandbox.ports[cluster.names[0]].api
        url = f"http://127.0.0.1:{node}/add?cid-version=1&stream-channels=false"
        folder = cluster.folder / os.urandom(4).hex()
        folder.mkdir()
        fields = []
        for name in self.names:
            (folder / name).write_bytes(os.urandom(100_000))
            fields += ["-F", f"file=@{folder / name};filename=site/{name}"]
        added = json.loads(subprocess.run(["curl", "-sS", "--config", cluster.sandbox.curl_file, *fields, url], capture_output=True, check=True).stdout)
        self.cid = added[-1]["cid"]
        self.content = (folder / "b").read_bytes()
        self.file = next(one["cid"] for one in added if one["name"] == "site/b")
        until("it is pinned", lambda: self.cid in cluster.held(cluster.names[0]))
        key = cluster.docker("exec", self._ipfs, "ipfs", "cid", "format", "-f", "%M", "-b", "base32upper", self.file).strip()
        self._block = f"/data/ipfs/blocks/{key[-3:-1]}/{key}.data"

    def lose(self) -> None:
        self._cluster.docker("exec", self._ipfs, "rm", self._block)

    def restore(self) -> None:
        # Through kubo, which remembers what it lacks.
        put = [self._cluster.runner.command, "exec", "--interactive", self._ipfs, "ipfs", "block", "put", "--cid-codec=raw"]
        done = subprocess.run(put, input=self.content, capture_output=True, check=True)
        assert done.stdout.decode().strip() == self.file


@pytest.fixture
def directory(cluster: Cluster) -> Directory:
    return Directory(cluster)


FORMS: dict[str, tuple[str, dict[str, str]]] = {
    "car": ("?format=car", {}),
    "tar": ("?format=tar", {}),
    "car by Accept": ("", {"accept": "application/vnd.ipld.car; dups=n"}),
    "tar by Accept": ("", {"accept": "application/x-tar"}),
}


@needs_node
@pytest.mark.parametrize("readers", list(READERS))
def test_no_cache_keeps_an_archive_that_a_node_could_not_finish(cluster: Cluster, directory: Directory, readers: str, tmp_path: Path) -> None:
    groups, reader = READERS[readers]
    gateway = cluster.sandbox.ports[cluster.names[0]].gateway
    with deployed_small(groups) as stack:
        cache = Cache.of(stack, server(gateway), tmp_path, {"id": TOKENS["id"]})
    path = f"/ipfs/{directory.cid}"
    directory.lose()
    cut = {name: cache.get(path + query, **reader, **headers) for name, (query, headers) in FORMS.items()}
    directory.restore()
    for name, (query, headers) in FORMS.items():
        status, answer, body = cut[name]
        assert status == 200, "as kubo says"
        assert directory.content not in body
        assert answer["cache-control"] == "no-store"
        assert whole(cache.get(path + query, **reader, **headers), directory), name
        cache.now += YEAR
        assert whole(cache.get(path + query, **reader, **headers), directory), name
        assert whole(cache.get(path + query, **reader, **headers, **{"if-none-match": answer["etag"]}), directory), "revalidated by its reader"


def whole(answer: tuple[int, dict[str, str], bytes], directory: Directory) -> bool:
    status, headers, body = answer
    if status == 200 and headers["content-type"] == "application/x-tar":
        with tarfile.open(fileobj=io.BytesIO(body)) as packed:
            assert {Path(name).name for name in packed.getnames()} == {directory.cid, *directory.names}
    return status == 200 and directory.content in body


@needs_node
def test_without_the_functions_they_are_kept_and_renewed(cluster: Cluster, directory: Directory) -> None:
    """That the test above can fail: what kubo says of an archive that is cut short."""
    with deployed_small() as stack:
        policy = stack.inputs("aws:cloudfront/cachePolicy:CachePolicy", "ipfs-edge-gateway")
    cache = Cache(policy, server(cluster.sandbox.ports[cluster.names[0]].gateway))
    path = f"/ipfs/{directory.cid}"
    directory.lose()
    for query, headers in FORMS.values():
        assert directory.content not in cache.get(path + query, **headers)[2]
    directory.restore()
    for query, headers in FORMS.values():
        assert directory.content not in cache.get(path + query, **headers)[2], "kept"
    cache.now += YEAR
    for query, headers in FORMS.values():
        assert directory.content not in cache.get(path + query, **headers)[2], "renewed by 304"


def test_what_is_no_archive_breaks_off_visibly(cluster: Cluster, directory: Directory) -> None:
    ask = server(cluster.sandbox.ports[cluster.names[0]].gateway)
    directory.lose()
    try:
        for path in (f"/ipfs/{directory.cid}/b", f"/ipfs/{directory.file}?format=raw", f"/ipfs/{directory.file}"):
            try:
                status, _, _ = ask("GET", path, {"accept": "*/*"})
            except http.client.IncompleteRead:
                continue
            assert status in (404, 500), path
        assert ask("GET", f"/ipfs/{directory.cid}?format=dag-json", {"accept": "*/*"})[0] in (200, 406), "of the root's block alone"
    finally:
        directory.restore()


# --- adds that fail ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cloudfront(cluster: Cluster) -> Iterator[Proxy]:
    with trailerless(cluster.sandbox.ports[cluster.names[0]].api) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def ctl(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real ipfs-cluster-ctl, of the image that nodes run."""
    file = tmp_path_factory.mktemp("ctl") / "ipfs-cluster-ctl"
    cluster.docker("cp", f"{cluster.container(cluster.names[0], 'ipfs-cluster').id}:/usr/local/bin/ipfs-cluster-ctl", str(file))
    return file


@pytest.fixture(scope="module")
def car(cluster: Cluster) -> bytes:
    """A CAR file of 3 MB."""
    export = [cluster.runner.command, "exec", cluster.container(cluster.names[0], "ipfs").id, "ipfs", "dag", "export"]
    return subprocess.run([*export, cluster.add(cluster.names[0], os.urandom(3_000_000))], capture_output=True, check=True).stdout


@pytest.fixture
def work(car: bytes, tmp_path: Path) -> Path:
    """A folder with what the documentation's command lines add."""
    (tmp_path / "site.car").write_bytes(car)
    (tmp_path / "README.md").write_bytes(os.urandom(3_000_000))
    (tmp_path / "site" / "in it").mkdir(parents=True)
    (tmp_path / "site" / "first").write_bytes(os.urandom(1000))
    (tmp_path / "site" / "in it" / "big;one").write_bytes(os.urandom(3_000_000))
    return tmp_path


def documented(page: str, wanted: str) -> str:
    """A block of command lines, without what asks a stack for its outputs."""
    (block,) = [block.text for block in command_blocks() if block.page == page and block.mark == "aws" and wanted in block.text]
    return "".join(line for line in block.splitlines(keepends=True) if "pulumi " not in line and not line.startswith(("ctl()", 'curl "$gateway')))


DOCUMENTED = {
    "README": ("README.md", "-F file=@README.md"),
    "a file": ("docs/edge.md", "-F file=@README.md"),
    "a directory": ("docs/edge.md", "fields=()"),
    "a CAR": ("docs/edge.md", "-F file=@site.car"),
    "ipfs-cluster-ctl": ("docs/edge.md", "add -Q"),
}


def run(script: str, folder: Path, cluster: Cluster, port: int, ctl: Path) -> "subprocess.CompletedProcess[str]":
    setup = f'ctl() {{ CLUSTER_CREDENTIALS="$pair" {ctl} --host /ip4/127.0.0.1/tcp/{port} --force-http "$@"; }}\n'
    environment = {**os.environ, "api": f"http://127.0.0.1:{port}", "pair": cluster.credentials()}
    return subprocess.run(["bash", "-c", setup + script], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)


class _Kubo:
    """A node's kubo, to be stopped and started."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster, self._id = cluster, cluster.container(cluster.names[0], "ipfs").id

    def kill(self) -> None:
        self._cluster.docker("kill", self._id)

    def start(self) -> None:
        self._cluster.docker("start", self._id)
        # By whether ipfs-cluster reaches it.
        until("kubo is back", lambda: bool(self._cluster.ask(self._cluster.names[0], "id")[0]["ipfs"].get("id")))
        until("it takes files", lambda: bool(self._cluster.add(self._cluster.names[0], os.urandom(10))))


@pytest.fixture
def kubo(cluster: Cluster) -> Iterator[_Kubo]:
    found = _Kubo(cluster)
    yield found
    found.start()


def test_adds_as_documented(cluster: Cluster, cloudfront: Proxy, ctl: Path, work: Path) -> None:
    for page, wanted in DOCUMENTED.values():
        done = run(documented(page, wanted), work, cluster, cloudfront.port, ctl)
        assert done.returncode == 0, done.stdout + done.stderr
        cids = re.findall(r"\b(?:bafy|bafk)\w+", done.stdout)
        assert cluster.pinned(cluster.names[0], cids[-1]), "the last one is what was pinned"


def test_adds_as_documented_report_that_they_failed(cluster: Cluster, cloudfront: Proxy, ctl: Path, work: Path, kubo: _Kubo) -> None:
    kubo.kill()
    for page, wanted in DOCUMENTED.values():
        done = run(documented(page, wanted), work, cluster, cloudfront.port, ctl)
        assert done.returncode != 0, (page, wanted, done.stdout)
        assert done.stderr + done.stdout, "and say why"


def test_adds_as_documented_report_that_they_broke_off(cluster: Cluster, cloudfront: Proxy, ctl: Path, work: Path, kubo: _Kubo) -> None:
    for page, wanted in DOCUMENTED.values():
        if page == "README.md":
            continue  # as the first of the other page
        cloudfront.half_way = kubo.kill
        done = run(documented(page, wanted), work, cluster, cloudfront.port, ctl)
        assert cloudfront.half_way is None, "it was on its way"
        assert done.returncode != 0, (page, wanted, done.stdout)
        kubo.start()


def test_a_bare_ctl_add_is_fooled(cluster: Cluster, cloudfront: Proxy, ctl: Path, work: Path, kubo: _Kubo) -> None:
    """Why the documentation says so: these are the commands that people would run."""
    api = cluster.sandbox.ports[cluster.names[0]].api
    cloudfront.half_way = kubo.kill
    done = run("ctl add -r site", work, cluster, cloudfront.port, ctl)
    assert (done.returncode, "added" in done.stdout) == (0, True)
    assert run("ctl add README.md", work, cluster, cloudfront.port, ctl).returncode == 0
    assert run("ctl add README.md", work, cluster, api, ctl).returncode != 0, "where trailers come through, as in a shell of a node, it says so"


def test_pin_ls_tells_what_was_not_pinned(cluster: Cluster, cloudfront: Proxy, ctl: Path, work: Path) -> None:
    done = run("ctl pin ls bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", work, cluster, cloudfront.port, ctl)
    assert (done.returncode, "not part of the pinset" in done.stdout + done.stderr) == (2, True)


def test_waiting_does_not_mend_it(cluster: Cluster, cloudfront: Proxy, ctl: Path, work: Path) -> None:
    done = run("ctl add --wait --wait-timeout 10s --rmin 3 --rmax 3 README.md", work, cluster, cloudfront.port, ctl)
    assert (done.returncode, done.stdout) == (0, ""), "there are not three nodes, and nothing says so"
