"""The chaos suite without daemons: what a seed draws, what clients make of answers, the report."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from accept import cars
from chaos import clients, content, plan, report, web
from chaos.__main__ import again, parsed
from chaos.checker import Problem
from chaos.content import Item
from chaos.history import FAIL, FAULT, INVOKE, OK, UNKNOWN, WHOLE, Event, Recorder, read
from chaos.plan import FRONT, KINDS, Fault, Mode
from chaos.web import Answer

ALL = [kind.name for kind in KINDS]


# --- content ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "cid"),
    [
        # What `ipfs add --cid-version 1 --chunker size-262144` of kubo 0.43 says.
        (b"", "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"),
        (b"hello", "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq"),
        (bytes(700_000), "bafybeigzrvw4swyp5pcynyujhatepddzjg4gbeja3qxya7zxuq7sgktjc4"),
    ],
)
def test_cids_are_those_of_kubo(data: bytes, cid: str) -> None:
    assert content.cid_of(data) == cid


def test_a_file_of_too_many_chunks_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 174 chunks"):
        content.cid_of(bytes(content.CHUNK * content.MOST_CHUNKS + 1))


def test_an_items_bytes_depend_on_the_seed_and_the_item_alone() -> None:
    item = Item(1, 2, 3000)
    assert Item.named(item.name) == item
    assert content.content(5, item) == content.content(5, Item(1, 2, 3000))
    assert len({content.content(seed, Item(client, number, 30)) for seed in (1, 2) for client in (1, 2) for number in (1, 2)}) == 8
    assert content.is_block_of(content.cid(5, item), content.content(5, item))
    assert not content.is_block_of(content.cid(5, item), b"other")


# --- plan -------------------------------------------------------------------------------------------------------------


def test_a_seed_draws_the_same_again_and_another_one_does_not() -> None:
    def drawn(seed: int) -> list[Any]:
        return [plan.mode(seed), list(itertools.islice(plan.operations(seed, 1, 3), 200)), list(itertools.islice(plan.episodes(seed, 3, ALL), 50))]

    assert drawn(7) == drawn(7)
    assert all(one != other for one, other in zip(drawn(7), drawn(8), strict=True) if not isinstance(one, Mode))
    assert len({plan.mode(seed) for seed in range(100)}) == len([3, 5]) * len([-1, 2]) * len(["private", "public"])


def test_every_kind_of_operation_and_fault_is_drawn() -> None:
    operations = list(itertools.islice(plan.operations(1, 0, 3), 2000))
    assert {operation.kind for operation in operations} == set(plan._OPERATIONS)
    assert {operation.via for operation in operations} == {FRONT, 0, 1, 2}
    assert {operation.how for operation in operations if operation.kind == "add"} == set(plan._ADDS)
    assert {operation.how for operation in operations if operation.kind == "read"} == set(plan._READS)
    faults = [fault for episode in itertools.islice(plan.episodes(1, 5, ALL), 500) for fault in episode.faults]
    assert {fault.kind for fault in faults} == set(ALL)
    assert {len(fault.nodes) for fault in faults if fault.kind == "kill"} == {1, 2, 3, 4, 5}
    assert {len(fault.nodes) for fault in faults if fault.kind == "pause"} == {1, 2}, "fewer than half"
    assert {len(fault.nodes) for fault in faults if fault.kind == "lost-disk"} == {1}
    assert {len(fault.nodes) for fault in faults if fault.kind == "rotate-secret"} == {5}


def test_an_items_size_is_the_same_whoever_draws_it() -> None:
    named: dict[tuple[int, int], set[int]] = {}
    for client in range(plan.CLIENTS):
        for operation in itertools.islice(plan.operations(3, client, 3), 500):
            for item in filter(None, (operation.item, operation.other)):
                named.setdefault((item.client, item.number), set()).add(item.size)
    assert {len(sizes) for sizes in named.values()} == {1}


def test_faults_of_an_episode_do_not_meet() -> None:
    parts = {kind.name: kind.parts for kind in KINDS}
    for episode in itertools.islice(plan.episodes(2, 3, ALL), 500):
        taken = [(node, part) for fault in episode.faults for node in (*fault.nodes, *fault.against) for part in parts[fault.kind]]
        assert len(taken) == len(set(taken))
        for fault in episode.faults:
            assert not set(fault.nodes) & set(fault.against)
            assert bool(fault.against) == (fault.kind in ("partition", "one-way"))


def test_what_the_machine_cannot_do_is_left_out_and_the_rest_is_the_same() -> None:
    some = [kind for kind in ALL if kind != "kill"]
    every = [fault for episode in itertools.islice(plan.episodes(4, 3, ALL), 300) for fault in episode.faults]
    fewer = [fault for episode in itertools.islice(plan.episodes(4, 3, some), 100) for fault in episode.faults]
    assert {fault.kind for fault in fewer} == set(some)
    assert len([fault for fault in fewer if fault in every]) > len(fewer) * 0.9


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("kill", (0, 2), 1, 7.4), "kill of 0 2 for 7 s"),
        (Fault("loss", (1,), 1, 3, 0.2), "loss (0.2) of 1 for 3 s"),
        (Fault("partition", (1,), 1, 3, against=(0, FRONT)), "partition of 1 against 0 front for 3 s"),
    ],
)
def test_a_fault_in_words(fault: Fault, words: str) -> None:
    assert str(fault) == words


@pytest.mark.parametrize(
    ("mode", "wanted"),
    [
        (Mode(3, -1, "private"), {"swarm": {"mode": "private"}}),
        (Mode(3, -1, "public"), {"swarm": {"mode": "public", "bootstrapPeers": []}}),
        (Mode(5, 2, "private"), {"swarm": {"mode": "private"}, "pinning": {"replicationMin": 1, "replicationMax": 2}}),
        (
            Mode(5, 2, "public"),
            {"swarm": {"mode": "public", "bootstrapPeers": []}, "pinning": {"replicationMin": 1, "replicationMax": 2}, "gateway": {"open": True}},
        ),
    ],
)
def test_a_modes_configuration(mode: Mode, wanted: dict[str, Any]) -> None:
    common = {"network": {"cidr": "10.1.0.0/16"}, "nodes": {"count": mode.nodes}, "monitoring": {"enabled": False}}
    groups = mode.groups("10.1.0.0/16")
    assert groups.pop("edge")["subdomainGateway"]
    assert groups == {**common, **wanted}


# --- clients ----------------------------------------------------------------------------------------------------------


def test_chunks_and_trailers() -> None:
    raw = b"4\r\nWiki\r\n6;x=y\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\nX-Stream-Error: a: b\r\n\r\n"
    assert web.unchunked(raw) == (b"Wikipedia in \r\n\r\nchunks.", {"x-stream-error": "a: b"})
    assert web.unchunked(b"0\r\n\r\n") == (b"", {})


@pytest.mark.parametrize("raw", [b"", b"4\r\nWi", b"4\r\nWiki", b"4\r\nWiki\r\n", b"0\r\n", b"0\r\nX-Stream", b"0\r\nX-Stream-Error: a\r\n", b"zz\r\n"])
def test_a_truncated_answer_is_none(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"ends|invalid literal"):
        web.unchunked(raw)


LINES = b'{"name":"file","cid":"bafy1"}\n{"name":"","cid":"bafy2"}\n'


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (Answer(200, b'[{"cid":"bafy1"},{"cid":"bafy2"}]', {}), (OK, "")),
        (Answer(200, LINES, {}, {"x-stream-error": ""}), (OK, "")),
        (Answer(200, LINES, {}, {"x-stream-error": "no"}), (UNKNOWN, "")),
        (Answer(200, b"", {}), (UNKNOWN, "")),
        (Answer(200, b'[{"cid":"bafy1"}]', {}), (OK, "the add was answered with bafy1, its bytes have bafy2")),
        (Answer(500, b"no", {}), (UNKNOWN, "")),
        (Answer(401, b"no", {}), (FAIL, "")),
        (Answer(503, b"no", {}), (FAIL, "")),
    ],
)
def test_what_an_answer_to_an_add_says(answer: Answer, wanted: tuple[str, str]) -> None:
    outcome = clients.judged_add(answer, "bafy2")
    assert (outcome.phase, outcome.wrong) == wanted


def test_only_an_unpin_knows_by_a_404_that_nothing_happened() -> None:
    missing = Answer(404, b"not part of the pinset", {})
    assert clients.judged(missing, (404,)).phase == FAIL
    assert clients.judged(missing).phase == UNKNOWN


def test_reads_are_judged_by_their_bytes() -> None:
    data = b"some content"
    cid, block = content.cid_of(data), cars.raw(data)
    archive = cars.car(block, [block])
    for how, body in {"path": data, "subdomain": data, "raw": data, "car": archive}.items():
        assert clients.judged_read(Answer(200, body, {}), cid, data, how) == clients.Outcome(OK, "200")
    for how in ("path", "raw"):
        for bad in (data[:-1], data + b"x", b""):
            assert "not those of" in clients.judged_read(Answer(200, bad, {}), cid, data, how).wrong
    assert "not those of" in clients.judged_read(Answer(200, archive.replace(b"some", b"same"), {}), cid, data, "car").wrong
    for size in range(len(archive)):
        early = clients.judged_read(Answer(200, archive[:size], {}), cid, data, "car")
        assert early == clients.Outcome(FAIL, "200, and an archive without the block"), size
    assert clients.judged_read(Answer(404, b"", {}), cid, data, "path") == clients.Outcome(FAIL, "404")


# --- history and report -----------------------------------------------------------------------------------------------

HISTORY = [
    Event(0.0, INVOKE, 1, "add", 0, 1, "x", item="0.0.10"),
    Event(1.5, OK, 1, "add", 0, 1, "x"),
    Event(2.0, FAULT, kind="kill", detail="kill of 1 for 3 s"),
    Event(2.1, INVOKE, 2, "read", 0, 1, "y"),
    Event(2.2, FAIL, 2, "read", 0, 1, "y"),
    Event(9.0, WHOLE, kind="kill", more={"seconds": 4.2}),
    Event(20.0, WHOLE, kind="kill", detail="not", more={"seconds": 120}),
]


def test_a_history_is_read_back_as_it_was_recorded(tmp_path: Path) -> None:
    moments = iter((10.0, 10.0, 11.5))
    recorder = Recorder(tmp_path / "run" / "history.jsonl", lambda: next(moments))
    recorder.add(INVOKE, operation=recorder.number(), kind="add", via=FRONT, cid="x")
    recorder.add(OK, operation=1, more={"seconds": 1.0})
    recorder.close()
    lines = recorder.file.read_text().splitlines()
    assert json.loads(lines[0]) == {"time": 0.0, "phase": "invoke", "operation": 1, "kind": "add", "cid": "x"}
    assert read(lines) == recorder.so_far() == [Event(0.0, INVOKE, 1, "add", cid="x"), Event(1.5, OK, 1, more={"seconds": 1.0})]


def test_a_runs_figures_as_a_table() -> None:
    run = report.figures(4, "3 nodes", HISTORY, [Problem("lost", "x", "x"), Problem("kept", "y"), Problem("kept", "z")], 12.4, 3.0)
    assert report.table([run]).splitlines()[2:] == [
        "| 4 | 3 nodes | 1 | 2 | 1 | 0 | 1 | 0 | 0 | 2 kept | 12 s | 3 s |",
        "",
        "| fault | injected | longest until whole again |",
        "|---|---|---|",
        "| kill | 1 | > 120 s |",
        "",
        "Slowest answers: add 1.5 s.",
    ]


def test_a_failure_shows_what_concerns_it_and_how_to_repeat_it() -> None:
    text = report.failure(HISTORY, [Problem("lost", "x is gone", "x")], "make chaos SEED=4")
    assert text.splitlines()[:4] == ["1 problems:", "  lost: x is gone", "", "What happened to their CIDs, and to the cluster:"]
    assert '"cid": "x"' in text
    assert "kill of 1 for 3 s" in text
    assert '"cid": "y"' not in text
    assert text.splitlines()[-1] == "The same again: make chaos SEED=4"


def test_the_command_line() -> None:
    options = parsed(["--seed", "5", "--faults", "kill", "loss"])
    assert (options.seed, options.runs, options.minutes, options.nodes, options.faults) == (5, 1, 10, None, ["kill", "loss"])
    assert again(5, options) == 'make chaos SEED=5 MINUTES=10 FAULTS="kill loss"'
    assert parsed([]).faults == ALL
    assert again(6, parsed(["--nodes", "3", "--minutes", "0.5"])) == "make chaos SEED=6 MINUTES=0.5 NODES=3"
