"""What looks at the other Regions beside the keeper, look by look, with stand-ins for what it asks."""

import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.region_looks import NODES, NOW, Looks, pin


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Any]:
    """Starts the script on a node."""
    if shutil.which("busybox") is None:
        pytest.skip("busybox is not installed")
    made: list[Looks] = []

    def started(own: str = "a1", copies: int = 1, nodes: Mapping[str, str] = NODES, readers: Sequence[str] = ()) -> Looks:
        made.append(Looks(tmp_path, own, copies, nodes, readers))
        made[0].start()
        return made[0]

    yield started
    for one in made:
        subprocess.run(["kill", "-KILL", "--", f"-{one.process.pid}"], check=False)
        one.process.wait()


def counts(said: Mapping[str, Any]) -> list[int]:
    return [said[key] for key in ("apart", "unseen", "cut")]


def test_all_is_well(at: Any) -> None:
    looks = at()
    looks.pins(pin("c1", ["a1", "b1"]), pin("c2", [], -1, -1))
    said = looks.look()
    assert {**said, "ts": ""} == {
        "ts": "",
        "level": "info",
        "logger": "regions",
        "node": "a1",
        "msg": "seen",
        "apart": 0,
        "unseen": 0,
        "cut": 0,
        "behind": 0,
        "sent": 0,
        "one_sided": 0,
    }
    looks.look(4)
    assert looks.pinned() == []
    assert (looks.folder / "errors").read_text() == ""


def test_a_region_that_is_not_seen_is_named(at: Any) -> None:
    looks = at()
    looks.all_well(b1="gone", b2="gone")
    said = looks.look()
    assert (counts(said), said["away"], said["level"]) == ([1, 2, 0], "us-east-1", "warn")
    looks.all_well(b1="gone")
    said = looks.look()
    assert (counts(said), "away" in said) == ([0, 1, 0], False)
    looks.all_well(b1="dial backoff", b2="context deadline exceeded")
    assert counts(looks.look()) == [1, 2, 2], "their pings arrive through others"
    looks.all_well(a2="gone", b1="kubo: not answering")
    assert counts(looks.look()) == [0, 0, 0], "those of the own Region are for the other alarms, and so is kubo"
    looks.all_well(a2="dial backoff")
    assert counts(looks.look()) == [0, 0, 1]


def test_readers_send_no_ping_and_are_asked(at: Any) -> None:
    looks = at(copies=0, readers=["b1", "b2"])
    assert counts(looks.look()) == [1, 2, 0]
    looks.world["readers"] = {"b1": ""}
    assert counts(looks.look()) == [0, 1, 0]


def test_a_reader_sees_the_writers(at: Any) -> None:
    looks = at(own="b1", copies=0, readers=["b1", "b2"])
    looks.world["readers"] = {"b2": ""}
    assert counts(looks.look()) == [0, 0, 0]
    looks.all_well(a1="gone", a2="gone", a3="gone")
    assert counts(looks.look()) == [1, 3, 0]


def test_how_far_another_region_is_behind(at: Any) -> None:
    looks = at()
    looks.pins(*(pin(f"c{minute}", ["a1", "b1"], timestamp=f"2027-01-15T07:{minute:02}:00Z") for minute in (5, 15, 25, 35, 45, 55)), pin("old", ["a1", "b1"]))
    looks.world["behind"] = {"b1": ["old"], "b2": ["old"]}
    assert looks.look()["behind"] == 0, "of the last hour only"
    looks.world["behind"] = {"b1": ["c35", "c55"], "b2": ["c35", "c55"]}
    looks.seconds(NOW + 60)
    assert looks.look()["behind"] == 25 * 60 + 60
    looks.world["behind"] = {"b1": ["c55"], "b2": ["c55"], "a1": ["c55"]}
    looks.seconds(NOW + 120)
    assert looks.look()["behind"] == 0, "it was unpinned meanwhile"


def test_one_node_of_the_region_is_asked_after_another(at: Any) -> None:
    looks = at()
    looks.pins(pin("c", ["a1", "b1"], timestamp="2027-01-15T07:59:00Z"))
    looks.world["behind"] = {"b1": ["c"]}
    found = []
    for minute in range(4):
        looks.seconds(NOW + 60 * minute)
        found.append(looks.look()["behind"])
    assert found == [0, 120, 0, 240]


def test_what_is_sent_to_other_regions(at: Any) -> None:
    looks = at()
    looks.sent(1000)
    looks.world["bandwidth"] = 4000
    assert looks.look()["sent"] == 0, "since when is not known"
    looks.sent(1500)
    looks.world["bandwidth"] = 8000
    assert looks.look()["sent"] == 2 * 500 + 4000 * 2 / 4, "of ipfs-cluster's the part of two of the four other nodes"
    looks.sent(10)
    looks.world["bandwidth"] = 0
    assert looks.look()["sent"] == 20, "the daemons were restarted"


def test_pins_that_miss_a_region_are_named_while_it_is_away(at: Any) -> None:
    looks = at()
    looks.pins(pin("c1", ["a1", "a2"]), pin("c2", ["a1", "b1"]), pin("c3", ["b1", "b2"]))
    looks.all_well(b1="gone", b2="gone")
    assert looks.look()["one_sided"] == 0, "one list says nothing: something may be on its way"
    looks.seconds(NOW + 60)
    said = looks.look(5)
    assert (said["one_sided"], said["few"], said["level"]) == (2, "c1 c3 ", "warn")
    assert looks.pinned() == []


def test_the_region_gets_its_copies_when_all_nodes_have_been_well_for_three_looks(at: Any) -> None:
    looks = at()
    looks.pins(pin("c1", ["a1", "a2"]), pin("c2", ["a1", "b1"]), pin("c3", ["b1"]))
    looks.look(3)
    assert looks.held("c1") == (["a1", "a2", "b1"], 1, 3), "the copies that it has stay"
    assert looks.held("c3") in [([node, "b1"], 1, 2) for node in ("a1", "a2", "a3")]
    given = [[one.replace("=b2,b1", "=b1,b2") for one in arguments] for arguments in looks.pinned() if arguments[-1] == "c1"]
    options = ["--name=", "--mode=recursive", "c1"]
    assert given == [
        ["--no-status", "--replication-min=3", "--replication-max=3", "--allocations=b1,b2", *options],
        ["--no-status", "--replication-min=1", "--replication-max=3", *options],
    ]
    assert len(looks.pinned()) == 4
    assert looks.said()[-1] == {**looks.said()[-1], "msg": "pins are brought to the Regions that they missed", "brought": 2}
    looks.look()
    assert looks.look()["one_sided"] == 0
    assert len(looks.pinned()) == 4


@pytest.mark.parametrize("trouble", [{"b1": "gone"}, {"a3": "dial backoff"}, {"b2": "kubo: not answering"}])
def test_nothing_is_pinned_while_a_node_is_not_well_or_was_not(at: Any, trouble: dict[str, str]) -> None:
    looks = at()
    looks.pins(pin("c1", ["a1", "a2"]))
    for _ in range(3):  # it comes and goes
        looks.all_well()
        looks.look(2)
        looks.all_well(**trouble)
        looks.look()
    assert looks.pinned() == []
    looks.all_well()
    looks.look(3)
    assert len(looks.pinned()) == 2


def test_one_node_does_it(at: Any) -> None:
    looks = at(own="b1")
    looks.pins(pin("c1", ["a1", "a2"]))
    assert looks.look(5)["one_sided"] == 1
    assert looks.pinned() == []


def test_without_copies_in_each_region_nothing_is_missed(at: Any) -> None:
    looks = at(copies=0)
    looks.pins(pin("c1", ["a1", "a2"]))
    assert looks.look(5)["one_sided"] == 0


@pytest.mark.parametrize(
    ("least", "most", "nodes", "misses"),
    [
        (2, 4, ["a1", "a2", "a3", "b1"], True),
        (2, 4, ["a1", "a2", "b1", "b2"], False),
        (2, 2, ["a1", "a2"], False),  # asked for with two copies of its own
        (1, 1, ["a1"], False),
        (2, 3, ["a1", "a2", "a3"], True),  # as the default was with fewer Regions
        (3, 5, ["a1", "a2", "a3"], True),
        (-1, -1, [], False),
    ],
)
def test_which_pins_miss_a_region(at: Any, least: int, most: int, nodes: list[str], misses: bool) -> None:
    looks = at(own="b2", copies=2)
    looks.pins(pin("c", nodes, least, most), pin("d", nodes, least, most, type="meta-pin"))
    assert looks.look(2)["one_sided"] == misses


def test_a_new_region_gets_its_copies(at: Any) -> None:
    looks = at(nodes={**NODES, "c1": "ap-northeast-1"})
    looks.pins(pin("c", ["a1", "b1"], 1, 2))
    looks.look(3)
    assert looks.held("c") == (["a1", "b1", "c1"], 1, 3)


def test_name_metadata_and_expiry_stay(at: Any) -> None:
    looks = at()
    metadata = {"key, \"of' $(it)": 'väl\n\\n ü=😀 "<&>"', "empty": ""}
    looks.pins(pin("c", ["a1", "a2"], name='-x "y" \\ \n\té😀\n', metadata=metadata, mode="direct", expire_at="2027-01-15T09:00:30Z"))
    looks.look(3)
    for arguments in looks.pinned():
        assert '--name=-x "y" \\ \n\té😀\n' in arguments
        assert [one for one in arguments if one.startswith("--metadata")] == [f"--metadata={key}={value}" for key, value in metadata.items()]
        assert "--mode=direct" in arguments
        assert "--expire-in=3630s" in arguments


@pytest.mark.parametrize("more", [{"metadata": {"a=b": "c"}}, {"origins": ["/dns4/example.com/tcp/4001/p2p/12D3"]}])
def test_what_cannot_be_kept_is_left_and_said(at: Any, more: dict[str, Any]) -> None:
    looks = at()
    looks.pins(pin("c1", ["a1", "a2"], **more), pin("c2", ["a1", "a2"]))
    looks.look(3)
    assert looks.held("c1") == (["a1", "a2"], 1, 2)
    assert looks.held("c2") == (["a1", "a2", "b1"], 1, 3)
    (said,) = [line for line in looks.said() if "reason" in line]
    assert (said["msg"], said["reason"]) == ("pins that miss a Region could not be pinned again", "c1 has origins or an equals sign in a key of its metadata")


def test_what_was_unpinned_meanwhile_stays_so(at: Any) -> None:
    looks = at()
    looks.pins(pin("c1", ["a1", "a2"]), pin("c2", ["a1", "a2"]))
    looks.look(2)
    looks.world["gone_when_asked"] = ["c1"]
    looks.look()
    assert {arguments[-1] for arguments in looks.pinned()} == {"c2"}


def test_what_somebody_pins_anew_meanwhile_keeps_their_numbers(at: Any) -> None:
    looks = at()
    looks.pins(pin("c1", ["a1", "a2"]))
    looks.world["pinned_meanwhile"] = {"c1": [1, 5]}
    looks.look(3)
    assert looks.held("c1")[1:] == (1, 5)


def test_fifty_a_minute(at: Any) -> None:
    looks = at()
    looks.pins(*(pin(f"c{number}", ["a1", "a2"]) for number in range(60)))
    looks.look(3)
    assert len(looks.pinned()) == 100
    looks.look(2)
    assert len(looks.pinned()) == 120


def test_a_refusal_is_said(at: Any) -> None:
    looks = at()
    looks.pins(pin("c1", ["a1", "a2"]))
    looks.world["refuses"] = "not enough peers to allocate CID"
    looks.look(3)
    (said,) = [line for line in looks.said() if "reason" in line]
    assert "not enough peers to allocate CID" in said["reason"]
    assert said["level"] == "warn"


def test_large_pinsets_are_listed_less_often(at: Any) -> None:
    looks = at(copies=1)
    looks.pins(*(pin(f"c{number}", ["a1", "a2"]) for number in range(5_000)))
    looks.all_well(b1="gone")
    looks.look()
    looks.seconds(NOW + 9)
    assert looks.look()["one_sided"] == 0
    looks.seconds(NOW + 10)
    assert looks.look()["one_sided"] == 5_000
