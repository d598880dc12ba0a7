"""Publishing against a stand-in for the REST API, which misbehaves."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from ipfs_cluster_cli import dag, show, waiting, web
from ipfs_cluster_cli.commands import commands

from tests.helpers import rest_api
from tests.helpers.rest_api import NODES, PASSWORD, Cluster


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    monkeypatch.setattr(web.Patience, "seconds", lambda self, attempt, asked=0.0: 0.0)
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0.0)
    for name in list(os.environ):
        if "CLUSTER" in name or "GATEWAY" in name:
            monkeypatch.delenv(name)
    with rest_api.cluster() as made:
        yield made


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of two blocks, which have a MiB each."""
    options = dag.Options
    monkeypatch.setattr(dag, "Options", lambda **given: options(max_part=(2 << 20) + 1000, **given))


def run(cluster: Cluster, *words: str, **changed: Any) -> Result:
    return CliRunner().invoke(commands, [*words, "--outputs", "-"], input=json.dumps(cluster.outputs(**changed)))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of three parts, and a fourth for its root."""
    made = tmp_path / "video.mp4"
    made.write_bytes(os.urandom(6 << 20))
    return made


def test_a_file(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "hello.txt").write_text("hello\n")
    done = run(cluster, "publish", str(tmp_path / "hello.txt"))
    # As `ipfs add` gives it, with the profile of the nodes.
    cid = "bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am"
    assert (done.exit_code, done.stdout.splitlines()) == (0, [cid, f"ipfs://{cid}", f"{cluster.url}/ipfs/{cid}"])
    assert cluster.pins[cid]["name"] == "hello.txt"
    assert len(cluster.pins) == 1
    assert ["local" in request.query for request in cluster.adds()] == [False], "a small block is passed on to all nodes"
    assert "ipfs-node-b has it" in done.stderr
    assert PASSWORD not in done.output


def test_all_parts_are_there_before_the_name_is_pinned(cluster: Cluster, file: Path, small_parts: None) -> None:
    done = run(cluster, "publish", str(file), "--meta", "of=me", "--expire-in", "30d", "--replication", "2-3", "--parallel", "3")
    assert done.exit_code == 0, done.output
    cid = done.stdout.splitlines()[0]
    names = [request.query["name"] for request in cluster.adds()]
    assert sorted(names) == sorted(["video.mp4", *(f"video.mp4 (part {index} of 4)" for index in range(1, 4))])
    assert names[-1] == "video.mp4"
    copies = [(request.query["replication-min"], request.query["replication-max"]) for request in cluster.adds()]
    assert copies == [("2", "3")] * 4
    assert ["local" in request.query for request in cluster.adds()] == [True] * 3 + [False], "large blocks are fetched, small ones passed on"
    (pin,) = cluster.pins.values()
    assert (pin["cid"], pin["name"], pin["metadata"]) == (cid, "video.mp4", {"of": "me"})
    assert [request.path for request in cluster.asked if request.method == "DELETE"][-1] != f"/pins/{cid}"
    assert sum(map(len, cluster.blocks.values())) >= 6 << 20


PATCHY: dict[str, list[tuple[str, rest_api.Fault]]] = {
    "a 502 of the load balancer": [("POST /add", rest_api.status(502, "<html><title>502</title><body>Bad Gateway</body></html>"))] * 2,
    "too many requests": [("POST /add", rest_api.status(429, "", Retry_After="1"))],
    "no node behind it": [("GET /allocations", rest_api.status(503)), ("GET /pins", rest_api.status(504))],
    "cut within the upload": [("POST /add", rest_api.cut_after(100_000))],
    "done, but cut before the answer": [("POST /add", rest_api.unanswered), ("DELETE /pins", rest_api.unanswered)],
    "half an answer": [("POST /add", rest_api.half), ("GET /pins", rest_api.half), ("GET /allocations", rest_api.half)],
    "an error that a second attempt does not meet": [
        ("POST /add", rest_api.status(500, '{"code": 500, "message": "failed to put block on all destinations"}'))
    ],
}


@pytest.mark.parametrize("what", PATCHY)
def test_what_passes_is_tried_again(cluster: Cluster, file: Path, small_parts: None, what: str) -> None:
    cluster.faults += PATCHY[what]
    done = run(cluster, "publish", str(file), "--json")
    assert done.exit_code == 0, done.output
    assert cluster.faults == []
    said = json.loads(done.stdout)
    assert list(cluster.pins) == [said["cid"]]
    assert (said["parts_sent"], said["already_pinned"]) == (4, False)
    assert said["nodes"] == [{"node": node, "status": "pinned"} for node in NODES]


FULL = '{"code": 500, "message": "write /data/ipfs/blocks/x: no space left on device"}'
FAILING: dict[str, tuple[list[tuple[str, rest_api.Fault]], int, str]] = {
    "a full node": ([("POST /add", rest_api.status(500, FULL))], 1, "answers 500 to POST /add: write /data/ipfs/blocks/x: no space left on device."),
    "storage that is used up": ([("POST /add", rest_api.status(507, "Insufficient Storage"))], 1, "answers 507 to POST /add: Insufficient Storage."),
    "a load balancer without nodes": (
        [(".*", rest_api.status(503, "<html><b>503</b> Service Unavailable</html>"))],
        1,
        "answers 503 to GET /version: 503 Service Unavailable.",
    ),
    "a distribution that refuses": (
        [(".*", rest_api.status(403, "<HTML><TITLE>ERROR</TITLE>The request could not be satisfied.</HTML>"))],
        1,
        "could not be satisfied.",
    ),
    "uploads that are always cut": ([("POST /add", rest_api.cut_after(50_000))], 1, "does not answer: the connection was cut"),
    "an address of something else": (
        [(".*", rest_api.status(200, "<html>Welcome</html>"))],
        1,
        "gives an answer of another kind: Welcome. Is this the right address?",
    ),
    "an address that has moved": ([(".*", rest_api.status(301, "", Location="/elsewhere"))], 2, "redirects to another address (301): give that one."),
    "another CID": ([("POST /add", rest_api.status(200, '[{"cid": "bafkqaaa"}]'))], 1, "gives another CID (bafkqaaa) than the content has"),
}


@pytest.mark.parametrize("what", FAILING)
def test_what_does_not_pass_is_a_sentence(cluster: Cluster, file: Path, small_parts: None, what: str) -> None:
    faults, code, sentence = FAILING[what]
    cluster.always += faults
    done = run(cluster, "publish", str(file))
    assert (done.exit_code, done.stdout) == (code, ""), done.output
    (error,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert sentence in error
    assert error.endswith("Nothing is pinned; run the same command again.") or not cluster.adds()
    assert "Traceback" not in done.output
    assert PASSWORD not in done.output
    assert cluster.pins == {}


def test_the_same_command_continues(cluster: Cluster, file: Path, small_parts: None) -> None:
    cluster.always.append(("POST /add", lambda handler: len(cluster.pins) == 2 and rest_api.status(500, FULL)(handler)))
    failed = run(cluster, "publish", str(file), "--json", "--parallel", "1")
    said = json.loads(failed.stdout)
    assert (failed.exit_code, said["exit_code"], said["parts_sent"]) == (1, 1, 2)
    assert said["error"].endswith("2 of 4 parts are in the cluster for a day, and nothing is pinned under its name yet: the same command continues from there.")
    assert {pin["name"] for pin in cluster.pins.values()} == {"video.mp4 (part 1 of 4)", "video.mp4 (part 2 of 4)"}
    cluster.always.clear()
    cluster.asked.clear()
    done = run(cluster, "publish", str(file), "--json")
    again = json.loads(done.stdout)
    assert (again["cid"], again["parts_sent"], again["parts_kept"]) == (said["cid"], 2, 2)
    assert sum(request.received for request in cluster.adds()) < 3 << 20
    assert list(cluster.pins) == [said["cid"]]


def interrupted(cluster: Cluster, file: Path) -> list[str]:
    """Publishes a file until two of its four parts are there; gives their CIDs."""
    cluster.always.append(("POST /add", lambda handler: len(cluster.pins) == 2 and rest_api.status(507)(handler)))
    assert run(cluster, "publish", str(file), "--parallel", "1").exit_code == 1
    cluster.always.clear()
    cluster.asked.clear()
    return list(cluster.pins)


def test_a_part_that_no_node_has_any_more_is_sent_again(cluster: Cluster, file: Path, small_parts: None) -> None:
    first, _ = interrupted(cluster, file)

    def lost(handler: Any) -> bool:
        cluster.states.update(dict.fromkeys(NODES.values(), "cluster_error"))
        return False

    cluster.faults += [(f"GET /pins/{first}", lost), ("POST /add", rest_api.calling(cluster.states.clear))]
    said = json.loads(run(cluster, "publish", str(file), "--json", "--parallel", "1").stdout)
    assert (said["parts_sent"], said["parts_kept"]) == (3, 1)


def test_a_part_that_is_gone_with_its_node_is_sent_again(cluster: Cluster, file: Path, small_parts: None) -> None:
    """The node that took the second part dies, before another one fetched it."""
    title = "video.mp4 (part 2 of 4)"

    def lost(handler: Any) -> bool:
        cids = [cid for cid, pin in cluster.pins.items() if pin["name"] == title]
        sent = [request for request in cluster.adds() if request.query["name"] == title]
        gone = len(sent) == 1 and handler.path.rpartition("/")[2] in cids
        cluster.states.update(dict.fromkeys(NODES.values(), "pinning" if gone else "pinned"))
        return False

    cluster.always.append(("GET /pins", lost))
    said = json.loads(run(cluster, "publish", str(file), "--json", "--parallel", "1").stdout)
    assert [request.query["name"] for request in cluster.adds()][-2:] == [title, "video.mp4"]
    assert (said["parts_sent"], list(cluster.pins)) == (5, [said["cid"]])


def test_a_part_that_expires_soon_gets_its_whole_time_again(cluster: Cluster, file: Path, small_parts: None) -> None:
    first, second = interrupted(cluster, file)
    cluster.pins[first]["expire_at"] = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    said = json.loads(run(cluster, "publish", str(file), "--json").stdout)
    assert (said["parts_sent"], said["parts_kept"]) == (2, 2)
    (again,) = [request for request in cluster.asked if request.method == "POST" and request.path.startswith("/pins/")]
    assert (again.path, again.query["name"]) == (f"/pins/{first}", "video.mp4 (part 1 of 4)")
    assert datetime.fromisoformat(again.query["expire-at"]) - datetime.now(UTC) > timedelta(hours=23)
    assert second not in cluster.pins


def test_parts_are_unpinned_by_a_run_that_finds_all_pinned(cluster: Cluster, file: Path, small_parts: None) -> None:
    cluster.states[NODES["ipfs-node-b"]] = "cluster_error"
    assert run(cluster, "publish", str(file), "--patience", "0").exit_code == 3
    assert len(cluster.pins) == 4, "the parts are kept for the node that has none of it yet"
    cluster.states.clear()
    said = json.loads(run(cluster, "publish", str(file), "--json").stdout)
    assert (said["already_pinned"], list(cluster.pins)) == (True, [said["cid"]])


def test_progress_takes_back_what_did_not_arrive(cluster: Cluster, file: Path, small_parts: None, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    monkeypatch.setattr(show.Show, "sent", lambda self, bytes_: told.append(bytes_))
    cluster.faults += [("POST /add", rest_api.status(502)), ("POST /add", rest_api.cut_after(100_000))]
    said = json.loads(run(cluster, "publish", str(file), "--json", "--parallel", "1").stdout)
    assert sum(told) == said["bytes_sent"]
    assert len([bytes_ for bytes_ in told if bytes_ < 0]) == 2


def test_what_is_pinned_is_not_sent_again(cluster: Cluster, file: Path, small_parts: None) -> None:
    first = json.loads(run(cluster, "publish", str(file), "--meta", "of=me", "--json").stdout)
    cluster.asked.clear()
    second = run(cluster, "publish", str(file), "--json")
    assert json.loads(second.stdout) == {**first, "already_pinned": True, "parts_sent": 0, "bytes_sent": 0}
    assert {request.method for request in cluster.asked} == {"GET"}
    renamed = run(cluster, "publish", str(file), "--name", "film", "--meta", "year=1999")
    assert "Its pin was named 'video.mp4' and is 'film' now." in renamed.stderr
    assert (cluster.pins[first["cid"]]["name"], cluster.pins[first["cid"]]["metadata"]) == ("film", {"of": "me", "year": "1999"})
    kept = run(cluster, "publish", str(file))
    assert kept.exit_code == 0
    assert cluster.pins[first["cid"]]["name"] == "film"
    assert cluster.adds() == []


def test_a_pin_without_content_is_sent(cluster: Cluster, file: Path) -> None:
    cid = json.loads(run(cluster, "publish", str(file), "--json").stdout)["cid"]
    cluster.asked.clear()
    cluster.states = dict.fromkeys(NODES.values(), "pin_error")
    cluster.always.append(("POST /add", rest_api.calling(cluster.states.clear)))
    done = run(cluster, "publish", str(file), "--json", "--patience", "0")
    assert (done.exit_code, json.loads(done.stdout)["already_pinned"]) == (0, False)
    assert [request.query["name"] for request in cluster.adds()] == ["video.mp4"]
    assert list(cluster.pins) == [cid]


def test_a_node_that_is_dead(cluster: Cluster, file: Path) -> None:
    dead = NODES["ipfs-node-b"]
    cluster.states[dead], cluster.errors[dead] = "cluster_error", "failed to dial"
    cluster.unseen.add(NODES["ipfs-node-c"])
    done = run(cluster, "publish", str(file), "--patience", "0")
    assert done.exit_code == 3
    cid = next(iter(cluster.pins))
    assert done.stderr.splitlines()[-1] == (
        f"error: 1 of 3 nodes have pinned {cid}. ipfs-node-b does not answer (failed to dial); ipfs-node-c does not answer: the others do not see it. "
        f"It is safe on ipfs-node-a; the others fetch it when they can. See `ipfs-cluster status {cid}`."
    )
    assert run(cluster, "publish", str(file), "--wait-for", "1").exit_code == 0
    assert run(cluster, "publish", str(file), "--wait-for", "0").exit_code == 0


def test_a_cluster_that_says_nothing_of_any_node_has_not_pinned_it(cluster: Cluster, file: Path) -> None:
    cluster.always.append(("GET /peers", rest_api.status(204)))
    cluster.unseen = set(NODES.values())
    outputs = json.dumps(cluster.outputs(cluster_peer_ids={}))
    done = CliRunner().invoke(commands, ["publish", str(file), "--patience", "0", "--outputs", "-"], input=outputs)
    assert done.exit_code == 3
    assert "0 of 0 nodes have pinned" in done.stderr


def test_a_node_that_still_fetches_is_waited_for(cluster: Cluster, file: Path) -> None:
    slow = NODES["ipfs-node-b"]
    cluster.states[slow] = "pinning"
    asked: list[Any] = []

    def ask(handler: Any) -> bool:
        asked.append(handler)
        if len(asked) == 21:
            cluster.states.clear()
        return False

    cluster.always.append(("GET /pins", ask))
    done = run(cluster, "publish", str(file), "--patience", "0")
    assert done.exit_code == 0, done.output
    assert done.stderr.splitlines()[-4:] == [
        "  ✓ ipfs-node-a has it",
        "  … ipfs-node-b is fetching it",
        "  ✓ ipfs-node-c has it",
        "  ✓ ipfs-node-b has it",
    ]
    assert len(asked) == 21


def test_a_changing_file_is_not_published(cluster: Cluster, file: Path, small_parts: None) -> None:
    # Its end changes once the first part is on its way.
    cluster.faults.append(("POST /add", rest_api.calling(lambda: file.write_bytes(file.read_bytes()[:-1] + b"?"))))
    done = run(cluster, "publish", str(file), "--parallel", "1")
    assert done.exit_code == 1
    assert "video.mp4: it changed while it was read" in done.stderr
    assert [pin["name"] for pin in cluster.pins.values() if "part" not in pin["name"]] == []


def test_quiet(cluster: Cluster, file: Path) -> None:
    done = run(cluster, "publish", str(file), "--quiet")
    assert (done.stdout, done.stderr) == (f"{next(iter(cluster.pins))}\n", "")


WRONG: dict[str, tuple[list[str], dict[str, Any], int, str]] = {
    "nothing given": (["publish"], {}, 2, "Give at least one PATH."),
    "a path that is not there": (["publish", "{folder}/none"], {}, 2, "{folder}/none: there is no such file or directory"),
    "no permission": (["publish", "{folder}/secret"], {}, 2, "{folder}/secret: no permission to read it"),
    "a broken link": (["publish", "{folder}"], {}, 2, "{folder}/link: it is a link to nowhere, which is not there"),
    "a wrong password": (
        ["publish", "{folder}/a"],
        {"api_password": "wrong"},
        4,
        "does not accept user name and password from the outputs on standard input (401: unauthorized: access denied).",
    ),
    "no password": (
        ["publish", "{folder}/a"],
        {"api_password": None},
        2,
        "There are no credentials in the outputs on standard input (api_username, api_password).",
    ),
    "a hidden password": (["publish", "{folder}/a"], {"api_password": "[secret]"}, 2, "have [secret] in place of the password: get them with --show-secrets."),
    "no address": (["publish", "{folder}/a"], {"api_url": None}, 2, "have neither api_url nor dns_names"),
    "an address without a scheme": (["publish", "{folder}/a"], {"api_url": "example.com"}, 2, "example.com is not the address of a web server"),
    "nobody there": (["publish", "{folder}/a"], {"api_url": "http://127.0.0.1:9"}, 1, "The REST API at http://127.0.0.1:9 does not answer: [Errno 111]"),
    "metadata": (["publish", "{folder}/a", "--meta", "x"], {}, 2, "--meta x is not of the form KEY=VALUE."),
    "a duration": (["publish", "{folder}/a", "--expire-in", "soon"], {}, 2, "--expire-in: 'soon' is not a duration such as 30d, 12h or 1h30m."),
    "a moment": (["publish", "{folder}/a", "--expire-in", "0s"], {}, 2, "--expire-in: '0s' is shorter than a second."),
    "copies": (["publish", "{folder}/a", "--replication", "3-2"], {}, 2, "--replication 3-2 is neither a number of nodes, nor a range such as 2-3, nor all."),
    "nodes": (["publish", "{folder}/a", "--wait-for", "some"], {}, 2, "--wait-for some is neither a number of nodes nor all."),
    "more nodes than there are": (["publish", "{folder}/a", "--wait-for", "4"], {}, 2, "--wait-for 4 is too many: the cluster has 3 nodes."),
    "more copies than nodes": (["publish", "{folder}/a", "--replication", "4-5"], {}, 2, "--replication 4 is too many: the cluster has 3 nodes."),
    "credentials in an address": (
        ["publish", "{folder}/a"],
        {"api_url": f"http://me:{PASSWORD}@127.0.0.1"},
        2,
        "An address has credentials in it: set IPFS_CLUSTER_CREDENTIALS=user:password in place of that.",
    ),
    "a chunker": (["publish", "{folder}/a", "--chunker", "size-0"], {}, 2, "the chunker 'size-0' is not possible"),
    "two kinds of output": (["publish", "{folder}/a", "--json", "-q"], {}, 2, "--json and --quiet exclude each other."),
    "two clusters": (["publish", "{folder}/a", "--stack", "x"], {}, 2, "--stack and --outputs exclude each other: give one of them."),
}


@pytest.mark.parametrize("what", WRONG)
def test_bad_input_is_a_sentence(cluster: Cluster, tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "secret").write_text("x")
    monkeypatch.setattr(os, "access", lambda path, mode: not str(path).endswith("secret"))  # root may read everything
    if what == "a broken link":
        (tmp_path / "link").symlink_to("nowhere")
    arguments, changed, code, sentence = WRONG[what]
    done = run(cluster, *(argument.format(folder=tmp_path) for argument in arguments), **changed)
    assert done.exit_code == code, done.output
    assert sentence.format(folder=tmp_path) in done.stderr
    assert done.stderr.startswith("error: ")
    assert PASSWORD not in done.output
    assert "wrong" not in done.output
    assert cluster.pins == {}


def test_a_wrong_token(cluster: Cluster, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPFS_CLUSTER_TOKEN", "old-token")
    done = run(cluster, "publish", str(file))
    assert done.exit_code == 4
    assert "does not accept the token from the environment variable IPFS_CLUSTER_TOKEN (401: unauthorized: invalid token)." in done.stderr
    assert "old-token" not in done.output
    monkeypatch.setenv("IPFS_CLUSTER_TOKEN", "right")
    monkeypatch.setenv("IPFS_CLUSTER_API_URL", cluster.url)
    assert CliRunner().invoke(commands, ["publish", str(file)]).exit_code == 0


def test_help_comes_at_once() -> None:
    heavy = "import sys; from ipfs_cluster_cli import commands; print(sorted({'boto3', 'httpx', 'rich', 'pulumi', 'ipfs_cluster'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_what_is_missing_is_named() -> None:
    missing = "import sys; sys.modules['click'] = None; from ipfs_cluster_cli.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", missing], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "error: click is not installed, which this command needs: pip install 'ipfs-cluster-pulumi[cli]'\n")
