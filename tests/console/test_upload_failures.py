"""What goes wrong with uploads, and what becomes of them."""

import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Dialog, expect

from tests.helpers import contents
from tests.helpers.rest_api import Cluster, cut_after, status, unanswered
from tests.helpers.upload_browser import MIB, Console, needs_browser

pytestmark = needs_browser

ADD = "POST /add"


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A file of three parts: two of leaves, and the root's."""
    return contents.write(tmp_path / "film.mp4", contents.noise(40 * MIB))


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Opens for what waits for it, at the latest when the test ends."""
    made = threading.Event()
    yield made
    made.set()


def waiting_for(gate: threading.Event) -> Any:
    """A request that is not answered before the gate opens."""

    def fault(handler: Any) -> bool:
        gate.wait(60)
        handler.close_connection = True
        handler.connection.close()
        return True

    return fault


def times(count: int, fault: Any) -> Any:
    """The first requests get the fault; the others do not."""
    left = iter(range(count))

    def maybe(handler: Any) -> bool:
        return next(left, None) is not None and bool(fault(handler))

    return maybe


def test_parts_that_are_refused_or_cut_are_sent_again(shown: Console, film: Path) -> None:
    made = shown.cluster
    made.faults += [(ADD, status(503)), (ADD, cut_after(MIB)), (ADD, unanswered), (ADD, status(502))]
    shown.choose(film)
    shown.start()
    shown.becomes("Pinned on all 3 nodes", 60)
    assert len(made.adds()) == 3 + 4
    shown.becomes("Done")
    assert shown.pinned_names() == {"film.mp4"}


def test_a_node_that_is_killed_delays_an_upload(shown: Console, film: Path) -> None:
    made = shown.cluster
    # Each request that meets the dead node breaks off; the load balancer notices after a while.
    made.always.append(("", times(6, cut_after(0))))
    shown.choose(film)
    shown.start()
    shown.becomes("Pinned on all 3 nodes", 60)


def test_a_sign_in_that_ends_pauses_the_upload(shown: Console, film: Path) -> None:
    made = shown.cluster

    def revoke(handler: Any) -> bool:
        made.token = "another"
        return False

    made.faults.append((ADD, revoke))
    shown.choose(film)
    shown.start()
    dialog = shown.page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    shown.becomes("Paused: sign in again")
    dialog.get_by_label("Password", exact=True).fill("correct-horse")
    dialog.get_by_role("button", name="Sign in").click()
    shown.becomes("Pinned on all 3 nodes", 60)


def test_without_a_connection_it_waits(shown: Console, film: Path) -> None:
    shown.page.context.set_offline(True)
    shown.choose(film)
    shown.start()
    shown.becomes("Paused: there is no connection")
    assert shown.cluster.pins == {}
    shown.page.context.set_offline(False)
    shown.becomes("Pinned on all 3 nodes", 60)


def test_what_was_cancelled_leaves_nothing(shown: Console, film: Path, gate: threading.Event) -> None:
    made = shown.cluster
    made.faults.append((ADD, lambda _: False))  # the first part arrives
    made.always.append((ADD, times(99, lambda handler: len(made.adds()) > 1 and waiting_for(gate)(handler))))
    shown.choose(film)
    shown.start()
    shown.becomes("1 of 3 parts in the cluster")
    assert len(made.pins) == 1
    shown.page.get_by_role("button", name="Cancel film.mp4").click()
    shown.becomes("Nothing of it is left in the cluster")
    assert made.pins == {}


def test_a_failure_is_said_and_retry_goes_on_from_what_arrived(shown: Console, film: Path) -> None:
    made = shown.cluster
    made.always.append((ADD, lambda handler: len(made.adds()) == 3 and status(400, '{"code":400,"message":"no room left"}')(handler)))
    shown.choose(film)
    shown.start()
    shown.becomes("The cluster says: no room left")
    shown.becomes("2 of 3 parts are in the cluster for a day")
    made.always.clear()
    shown.page.get_by_role("button", name="Retry").click()
    shown.becomes("Pinned on all 3 nodes", 60)
    shown.becomes("2 parts had been there")
    assert len(made.adds()) == 4


def failed_at_the_third_part(shown: Console, film: Path) -> Cluster:
    """The cluster, after an upload of which it refused the third part."""
    made = shown.cluster
    made.always.append((ADD, lambda handler: len(made.adds()) == 3 and status(400)(handler)))
    shown.choose(film)
    shown.start()
    shown.becomes("Failed")
    return made


def test_what_failed_can_be_discarded(shown: Console, film: Path) -> None:
    made = failed_at_the_third_part(shown, film)
    assert len(made.pins) == 2
    shown.page.get_by_role("button", name="Discard").click()
    shown.becomes("Cancelled")
    assert made.pins == {}


def test_an_upload_of_the_same_files_goes_on_from_what_an_earlier_one_left(shown: Console, film: Path) -> None:
    made = failed_at_the_third_part(shown, film)
    made.always.clear()
    shown.page.reload()
    shown.choose(film)
    shown.start()
    shown.becomes("2 parts had been there", 60)
    assert len(made.adds()) == 4


def test_a_file_that_changes_meanwhile_is_named(shown: Console, film: Path) -> None:
    def write(handler: Any) -> bool:
        film.write_bytes(contents.noise(40 * MIB - 1))
        return False

    shown.cluster.faults.append(("GET /allocations/", write))
    shown.choose(film)
    shown.start()
    shown.becomes("“film.mp4” has changed since you chose it")
    assert shown.page.get_by_role("button", name="Retry").count() == 0
    assert "film.mp4" not in shown.pinned_names()


def test_a_file_that_is_gone_before_it_is_read_is_named(shown: Console, tmp_path: Path) -> None:
    folder = contents.write(tmp_path / "site", {"a.txt": b"a", "b": {"c.txt": b"c"}})
    shown.choose_folder(folder)
    expect(shown.page.locator("legend").get_by_text("Chosen: 2 files in 2 folders, 2 B")).to_be_visible()
    (folder / "b" / "c.txt").unlink()
    shown.start()
    shown.becomes("“site/b/c.txt” has changed since you chose it, was moved, or cannot be read any more")
    assert shown.cluster.pins == {}


def test_an_empty_file_that_is_gone_is_named_too(shown: Console, tmp_path: Path) -> None:
    file = contents.write(tmp_path / "empty.txt", b"")
    shown.choose(file)
    expect(shown.page.locator("legend").get_by_text("Chosen: 1 file, 0 B")).to_be_visible()
    file.unlink()
    shown.start()
    shown.becomes("“empty.txt” has changed since you chose it")


def test_a_node_that_answers_with_another_cid_is_not_believed(shown: Console, tmp_path: Path) -> None:
    def lie(handler: Any) -> bool:
        handler.read_body()
        handler.give(200, [{"name": "", "cid": "bafkqaaa", "bytes": 1}])
        return True

    shown.cluster.always.append((ADD, lie))
    shown.choose(contents.write(tmp_path / "a.txt", b"a"))
    shown.start()
    shown.becomes("another CID (bafkqaaa) than the content has")


def test_a_worker_that_dies_is_replaced_by_retry(shown: Console, film: Path, gate: threading.Event) -> None:
    made = shown.cluster
    made.always.append((ADD, waiting_for(gate)))
    shown.choose(film)
    shown.start()
    shown.becomes("Uploading")
    (worker,) = shown.page.workers
    worker.evaluate("() => void setTimeout(() => { throw new Error('out of memory') })")
    gate.set()
    shown.becomes("The browser could not read the files (Uncaught Error: out of memory)")
    made.always.clear()
    shown.page.get_by_role("button", name="Retry").click()
    shown.becomes("Pinned on all 3 nodes", 60)


def test_the_page_warns_before_it_is_closed(shown: Console, film: Path, gate: threading.Event) -> None:
    made, page = shown.cluster, shown.page
    made.always.append((ADD, waiting_for(gate)))
    shown.choose(film)
    shown.start()
    shown.becomes("Uploading")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.close(run_before_unload=True)
    expect(page.get_by_role("heading", name="Upload", exact=True)).to_be_visible()
    assert asked == ["beforeunload"]
    made.always.clear()
    gate.set()
    shown.becomes("Done", 60)
    with page.expect_event("close"):
        page.close(run_before_unload=True)
    assert asked == ["beforeunload"]


def test_uploads_go_on_while_one_looks_at_another_page(shown: Console, film: Path, gate: threading.Event) -> None:
    made, page = shown.cluster, shown.page
    made.always.append((ADD, waiting_for(gate)))
    shown.choose(film)
    shown.start()
    shown.becomes("Uploading")
    page.get_by_role("link", name="Pins").first.click()
    indicator = page.locator(".indicator")
    expect(indicator).to_contain_text(re.compile(r"1 upload · \d+ %"))
    made.always.clear()
    gate.set()
    expect(indicator).to_have_count(0, timeout=60_000)
    page.get_by_role("link", name="Upload").first.click()
    shown.becomes("Pinned on all 3 nodes")


def test_milestones_are_read_out_and_not_each_percent(shown: Console, film: Path) -> None:
    shown.page.evaluate(
        """() => {
            window.said = [];
            const region = document.querySelector("[aria-live]");
            const say = () => region.textContent && window.said.push(region.textContent.trim());
            new MutationObserver(say).observe(region, {childList: true, characterData: true, subtree: true});
        }"""
    )
    shown.choose(film)
    shown.start()
    shown.becomes("Done", 60)
    said = shown.page.evaluate("window.said")
    assert said[0].startswith("1 item chosen: 1 file, 40 MiB.")
    assert "film.mp4: upload started." in said
    assert said[-1] == "film.mp4: pinned on all its nodes."
    assert len(said) <= 7


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named(shown: Console, tmp_path: Path) -> None:
    file = contents.write(tmp_path / "secret", b"x")
    shown.choose(file)
    file.chmod(0)
    shown.start()
    shown.becomes("“secret” has changed since you chose it, was moved, or cannot be read any more")
