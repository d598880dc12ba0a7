"""Uploads in a browser: what arrives in the cluster, and what the person sees meanwhile."""

from pathlib import Path

from ipfs_cluster_cli.dag import Options, plan

from tests.helpers import contents
from tests.helpers.upload_browser import MIB, Console, cid_of, needs_browser

pytestmark = needs_browser


def test_a_file_arrives_with_its_name(shown: Console, tmp_path: Path) -> None:
    file = contents.write(tmp_path / "hello.txt", b"hello\n")
    shown.choose(file)
    shown.start()
    shown.becomes("Pinned on all 3 nodes")
    (pin,) = shown.cluster.pins.values()
    assert (pin["cid"], pin["name"], pin["expire_at"]) == (cid_of(file), "hello.txt", "0001-01-01T00:00:00Z")


def test_a_folder_of_500_files_arrives_with_what_it_is_given(shown: Console, tmp_path: Path) -> None:
    pages: dict[str, contents.Tree] = {f"{number:03}": {"index.html": f"page {number}".encode()} for number in range(250)}
    tree = {**pages, **{f"f{number}": contents.pattern(number) for number in range(250)}}
    folder = contents.write(tmp_path / "site", tree)
    shown.choose_folder(folder)
    page = shown.page
    page.get_by_label("Name", exact=True).fill("the site")
    page.get_by_role("button", name="Add a key").click()
    page.get_by_label("Key 1", exact=True).fill("year")
    page.get_by_label("Value 1").fill("2026")
    page.get_by_label("Copies").select_option("some")
    page.get_by_label("At least").fill("2")
    page.get_by_label("At most").fill("3")
    shown.start()
    shown.becomes("Pinned on all 2 nodes")
    (pin,) = shown.cluster.pins.values()
    assert (pin["cid"], pin["name"], pin["metadata"]) == (cid_of(folder), "the site", {"year": "2026"})
    assert (pin["replication_factor_min"], pin["replication_factor_max"]) == (2, 3)


def test_a_large_file_is_sent_in_parts(shown: Console, tmp_path: Path) -> None:
    file = contents.write(tmp_path / "film.mp4", contents.noise(200 * MIB))
    shown.cluster.keeps_blocks = False
    shown.choose(file)
    shown.start()
    shown.becomes("Pinned on all 3 nodes", 120)
    with plan([file], Options()) as planned:
        added = {request.query["name"]: request for request in shown.cluster.adds()}
        assert len(added) == len(planned.parts) == 8
        assert str(planned.root) in shown.cluster.pins
    assert added["film.mp4 (part 1 of 8)"].query == {
        "format": "car",
        "stream-channels": "false",
        "local": "true",
        "name": "film.mp4 (part 1 of 8)",
        "expire-in": "24h",
    }
    assert added["film.mp4"].query == {"format": "car", "stream-channels": "false", "name": "film.mp4"}
    shown.becomes("Done")
    assert shown.pinned_names() == {"film.mp4"}
