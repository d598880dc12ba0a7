"""The forms to upload and to pin by CID: what is chosen, what is typed, and what is said of it."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.helpers import contents
from tests.helpers.browser import overflow, violations
from tests.helpers.upload_browser import Console, cid_of, needs_browser

pytestmark = needs_browser

CID = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"
PEER = "12D3KooWGRUVh7uPqrFVVwbBdzwFWrKpYS3TyAHSBRsJvqwrXXEq"


def test_a_folder_that_is_dropped_is_uploaded_with_its_empty_folders(shown: Console, tmp_path: Path) -> None:
    tree: contents.Tree = {"many": {f"{number:03}": b"%d" % number for number in range(250)}, "empty": {}, "a.txt": b"a"}
    folder = contents.write(tmp_path / "site", tree)
    shown.drop(folder)
    expect(shown.page.get_by_text("Chosen: 251 files in 3 folders")).to_be_visible()
    shown.start()
    shown.becomes("Pinned on all 3 nodes")
    assert list(shown.cluster.pins) == [cid_of(folder)]


def test_a_drop_next_to_the_zone_is_taken_too_and_on_other_pages_it_does_no_harm(shown: Console, tmp_path: Path) -> None:
    file = contents.write(tmp_path / "a.txt", b"a")
    shown.page.get_by_label("Pin by CID").check()
    shown.drop(file, at="h1")
    expect(shown.page.locator("legend").get_by_text("Chosen: 1 file")).to_be_visible()
    shown.page.get_by_role("link", name="Pins").first.click()
    expect(shown.page.get_by_role("heading", name="Pins", exact=True)).to_be_visible()
    shown.drop(file, at="h1")
    shown.page.get_by_role("link", name="Upload").first.click()
    expect(shown.page.locator("legend").get_by_text("Chosen: 1 file")).to_be_visible()


def test_several_files_become_one_folder(shown: Console, tmp_path: Path) -> None:
    files = [contents.write(tmp_path / name, name.encode()) for name in ("a.txt", "b.txt", "c.txt")]
    shown.drop(*files)
    shown.start()
    shown.becomes("Pinned on all 3 nodes")
    (pin,) = shown.cluster.pins.values()
    assert (pin["cid"], pin["name"]) == (cid_of(*files), "a.txt and 2 more")


def test_or_one_pin_each(shown: Console, tmp_path: Path) -> None:
    files = [contents.write(tmp_path / name, name.encode()) for name in ("a.txt", "b.txt", "c.txt")]
    shown.choose(*files)
    shown.page.get_by_label("each on its own: 3 CIDs, 3 pins").check()
    assert shown.page.get_by_label("Name", exact=True).is_disabled()
    shown.start()
    shown.becomes("Pinned on all 3 nodes")
    assert {pin["name"]: pin["cid"] for pin in shown.cluster.pins.values()} == {file.name: cid_of(file) for file in files}


def test_a_file_in_a_folder_of_its_own(shown: Console, tmp_path: Path) -> None:
    file = contents.write(tmp_path / "a.txt", b"a")
    shown.choose(file)
    shown.page.get_by_label("In a folder").check()
    shown.start()
    shown.becomes("Pinned on all 3 nodes")
    assert list(shown.cluster.pins) == [cid_of(contents.write(tmp_path / "around", {"a.txt": b"a"}))]


@pytest.mark.parametrize("hidden", [False, True])
def test_hidden_files_are_a_choice(shown: Console, tmp_path: Path, hidden: bool) -> None:
    folder = contents.write(tmp_path / "site", {".DS_Store": b"x", ".git": {"config": b"y"}, "a": {".env": b"z", "b": b"b"}})
    shown.drop(folder)
    box = shown.page.get_by_label("Upload hidden files, too (.DS_Store, .env, .git)")
    assert not box.is_checked()
    box.set_checked(hidden)
    shown.start()
    shown.becomes("Pinned on all 3 nodes")
    assert list(shown.cluster.pins) == [cid_of(folder, hidden=hidden)]


def test_content_that_is_pinned_is_not_sent_again(shown: Console, tmp_path: Path) -> None:
    file = contents.write(tmp_path / "a.txt", b"a")
    shown.choose(file)
    shown.start()
    shown.becomes("Done")
    shown.choose(file)
    shown.page.get_by_label("Name", exact=True).fill("another")
    shown.start()
    shown.becomes("It was in the cluster already, so nothing was sent; its name, metadata, expiry or copies were changed")
    assert len(shown.cluster.adds()) == 1
    assert shown.pinned_names() == {"another"}


def test_two_of_the_same_name_are_refused_in_words(shown: Console, tmp_path: Path) -> None:
    first = contents.write(tmp_path / "a.txt", b"1")
    (tmp_path / "other").mkdir()
    second = contents.write(tmp_path / "other" / "a.txt", b"2")
    shown.choose(first)
    shown.choose(second)
    expect(shown.page.get_by_role("alert")).to_contain_text("a.txt: something of the same name is chosen already")
    expect(shown.page.locator("legend").get_by_text("Chosen: 1 file")).to_be_visible()


def test_the_drop_zone_is_a_button(shown: Console) -> None:
    zone = shown.page.get_by_role("button", name="Drop files or folders here Choose files")
    expect(shown.page.get_by_role("heading", name="Upload", exact=True)).to_be_focused()  # where the page begins
    # From now on the driver catches choosers; the round trip is over when it does.
    shown.page.on("filechooser", lambda _: None)
    shown.page.evaluate("1")
    zone.focus()
    with shown.page.expect_file_chooser() as chooser:
        shown.page.keyboard.press("Enter")
    assert chooser.value.is_multiple()
    shown.page.keyboard.press("Tab")
    expect(shown.page.get_by_role("button", name="Choose a folder")).to_be_focused()
    with shown.page.expect_file_chooser():
        shown.page.keyboard.press("Space")


def test_what_is_typed_wrong_is_said_at_the_field(shown: Console, tmp_path: Path) -> None:
    page = shown.page
    shown.choose(contents.write(tmp_path / "a.txt", b"a"))
    page.get_by_label("Copies").select_option("some")
    page.get_by_label("At least").fill("9")
    expect(page.get_by_label("At least")).to_have_attribute("aria-invalid", "false")  # it is still being typed
    page.get_by_label("At most").focus()
    expect(page.get_by_label("At least")).to_have_accessible_description("Enter a whole number from 1 to 3: the cluster has 3 nodes.")
    page.get_by_label("At most").fill("3")
    shown.start()
    expect(page.get_by_label("At least")).to_be_focused()
    page.get_by_label("At least").fill("1")
    expect(page.get_by_label("At least")).to_have_attribute("aria-invalid", "false")
    page.get_by_label("Expires").select_option("at")
    page.get_by_label("Date and time").fill("2020-01-01T00:00")
    shown.start()
    expect(page.get_by_label("Date and time")).to_be_focused()
    assert shown.cluster.adds() == []
    page.get_by_label("Expires").select_option("168")
    shown.start()
    shown.becomes("Pinned on all 2 nodes")
    assert shown.cluster.adds()[-1].query["expire-in"] == "168h"


def test_what_was_typed_stays_while_one_looks_at_another_page(shown: Console, tmp_path: Path) -> None:
    page = shown.page
    shown.choose(contents.write(tmp_path / "a.txt", b"a"))
    page.get_by_label("Name", exact=True).fill("kept")
    page.get_by_role("link", name="Pins").first.click()
    page.get_by_role("link", name="Upload").first.click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("kept")
    expect(page.locator("legend").get_by_text("Chosen: 1 file")).to_be_visible()


def test_more_than_a_node_stores_is_said_before(shown: Console, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with path.open("wb") as file:
        file.truncate(101 * 2**30)
    shown.choose(path)
    expect(shown.page.get_by_text("This is more than a node is meant to store (100 GiB).")).to_be_visible()


def test_without_https_files_cannot_be_uploaded_and_the_page_says_so(shown: Console) -> None:
    shown.page.add_init_script("Object.defineProperty(window, 'isSecureContext', {value: false})")
    shown.page.reload()
    expect(shown.page.get_by_text("This page was not loaded over HTTPS")).to_be_visible()
    pin_by_cid(shown, CID)
    shown.start()
    shown.becomes("Pinned on all 3 nodes")


def test_a_hostile_name_is_text(shown: Console, tmp_path: Path) -> None:
    name = "<img src=x onerror=alert(1)>.txt"
    shown.choose(contents.write(tmp_path / name, b"a"))
    shown.start()
    shown.becomes(name)
    shown.becomes("Done")
    assert shown.pinned_names() == {name}


def test_the_form_and_the_cards_are_accessible_and_fit_a_phone(shown: Console, tmp_path: Path) -> None:
    shown.cluster.states["12D3KooWB"] = "pin_error"
    shown.cluster.errors["12D3KooWB"] = "no space left"
    shown.choose(*[contents.write(tmp_path / name, name.encode()) for name in ("a.txt", "b.txt")])
    shown.page.get_by_role("button", name="Add a key").click()
    shown.start()
    shown.becomes("ipfs-node-b could not fetch it; it tries again by itself (no space left)")
    shown.choose(*[contents.write(tmp_path / name, name.encode()) for name in ("c.txt", "d.txt")])
    for scheme in ("light", "dark"):
        shown.page.emulate_media(color_scheme=scheme)
        assert violations(shown.page) == []
    shown.page.set_viewport_size({"width": 320, "height": 640})
    assert overflow(shown.page) == 0


def pin_by_cid(shown: Console, cid: str) -> None:
    shown.page.get_by_label("Pin by CID").check()
    shown.page.get_by_label("CID or link").fill(cid)


def test_a_cid_is_pinned_from_those_who_have_it(shown: Console) -> None:
    page = shown.page
    pin_by_cid(shown, f"https://gateway.example.com/ipfs/{CID}/film.mp4")
    expect(page.get_by_text(f"The link leads to “film.mp4” within {CID}")).to_be_visible()
    page.get_by_label("Who has it").fill(f"/ip4/203.0.113.7/tcp/4001/p2p/{PEER}\n\n/dns4/node.example.com/tcp/4001/p2p/{PEER}\n")
    page.get_by_label("Name", exact=True).fill("film")
    shown.cluster.states |= {"12D3KooWA": "pinning", "12D3KooWB": "pin_queued"}
    shown.start()
    shown.becomes("Pinned on 1 of 3 nodes")
    shown.becomes("ipfs-node-a is fetching it")
    shown.becomes("ipfs-node-b will fetch it: it is in the queue")
    shown.cluster.states.clear()
    shown.becomes("Pinned on all 3 nodes")
    (asked,) = [request for request in shown.cluster.asked if request.method == "POST" and request.path != "/token"]
    origins = f"/ip4/203.0.113.7/tcp/4001/p2p/{PEER},/dns4/node.example.com/tcp/4001/p2p/{PEER}"
    assert (asked.path, asked.query) == (f"/pins/{CID}", {"name": "film", "origins": origins})


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("CID or link", "hello", "There is no CID in this."),
        ("CID or link", "/ipns/docs.ipfs.tech", "This is a name (IPNS), and what it points to may change."),
        ("CID or link", "", "Enter a CID, or a link that has one."),
        ("Who has it", f"/ip4/203.0.113.7/tcp/4001/p2p/{PEER}\n/ip4/203.0.113.7/tcp/4001", "Line 2 does not end with /p2p/"),
        ("Who has it", f"/ip4/203.0.113.7/tcp/4001/p2p/{PEER}\n" * 11, "At most 10 addresses."),
        ("Say so if nobody has it after", "0", "Enter a number of minutes from 1 to 1440."),
    ],
)
def test_what_cannot_be_pinned_is_said_at_the_field(shown: Console, field: str, text: str, said: str) -> None:
    pin_by_cid(shown, CID)
    shown.page.get_by_label(field).fill(text)
    shown.start()
    expect(shown.page.get_by_label(field)).to_be_focused()
    described = shown.page.get_by_label(field).get_attribute("aria-describedby") or ""
    expect(shown.page.locator(f"#{described.split()[-1]}")).to_contain_text(said)
    assert shown.cluster.pins == {}


def test_pinned_again_it_keeps_what_was_not_typed(shown: Console) -> None:
    pin_by_cid(shown, CID)
    shown.page.get_by_label("Name", exact=True).fill("film")
    shown.start()
    shown.becomes("Done")
    pin_by_cid(shown, CID)
    shown.page.get_by_role("button", name="Add a key").click()
    shown.page.get_by_label("Key 1", exact=True).fill("year")
    shown.page.get_by_label("Value 1").fill("2026")
    shown.start()
    shown.becomes("It was pinned already; its name, metadata, expiry or copies were changed")
    (pin,) = shown.cluster.pins.values()
    assert (pin["name"], pin["metadata"]) == ("film", {"year": "2026"})


def test_after_some_minutes_the_page_says_that_nobody_has_it(shown: Console) -> None:
    page = shown.page
    page.clock.install()
    shown.cluster.states |= dict.fromkeys(("12D3KooWA", "12D3KooWB", "12D3KooWC"), "pinning")
    pin_by_cid(shown, CID)
    shown.start()
    shown.becomes("Pinned on 0 of 3 nodes")
    page.clock.run_for(130_000)
    shown.becomes("After 2 minutes no node has it: nobody on the network seems to have this content")
    page.get_by_role("button", name="Keep waiting").click()
    expect(page.get_by_text("After 2 minutes no node has it")).to_have_count(0)
    page.clock.run_for(130_000)
    shown.becomes("After 2 minutes no node has it")
    page.get_by_role("button", name="Unpin").click()
    shown.becomes("The nodes do not look for it any more.")
    assert shown.cluster.pins == {}


def test_an_upload_that_a_node_does_not_fetch_is_safe_all_the_same(shown: Console, tmp_path: Path) -> None:
    shown.page.clock.install()
    shown.cluster.unseen.add("12D3KooWC")
    shown.choose(contents.write(tmp_path / "a.txt", b"a"))
    shown.start()
    shown.becomes("Pinned on 2 of 3 nodes")
    shown.becomes("ipfs-node-c does not answer: the others do not see it")
    shown.page.clock.run_for(130_000)
    shown.becomes("It is safe on ipfs-node-a, ipfs-node-b. The other nodes fetch it when they can")
    shown.cluster.unseen.clear()
    shown.page.clock.run_for(20_000)
    shown.becomes("Pinned on all 3 nodes")
