"""What cannot be published: all of it at once, each with the reason."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from ipfs_cluster_cli.dag import DagError, OptionError, Options, UnreadableError, measure, plan

from tests.helpers import contents
from tests.helpers.contents import Link


def refused(*paths: Path) -> list[tuple[str, str]]:
    with pytest.raises(UnreadableError) as raised:
        plan(paths, Options())
    assert str(raised.value).splitlines() == [f"{path}: {reason}" for path, reason in raised.value.problems]
    return [(problem.path, problem.reason) for problem in raised.value.problems]


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(path))  # the whole path may be too long for a socket


ODD: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: None, "there is no such file or directory"),
    "broken link": (lambda path: path.symlink_to("nowhere"), "it is a link to nowhere, which is not there"),
    "named pipe": (os.mkfifo, "it is a named pipe"),
    "socket": (a_socket, "it is a socket"),
    "link to itself": (lambda path: path.symlink_to(path), "Too many levels of symbolic links"),
}


@pytest.mark.parametrize(("make", "reason"), ODD.values(), ids=ODD)
def test_a_path_that_is_given(make: Callable[[Path], object], reason: str, tmp_path: Path) -> None:
    make(tmp_path / "odd")
    assert refused(tmp_path / "odd") == [(f"{tmp_path}/odd", reason)]


@pytest.mark.parametrize(("make", "reason"), [ODD[name] for name in ODD if name != "missing"], ids=[name for name in ODD if name != "missing"])
def test_a_path_below(make: Callable[[Path], object], reason: str, tmp_path: Path) -> None:
    contents.write(tmp_path / "content", {"good": b"good", "deep": {}})
    make(tmp_path / "content" / "deep" / "odd")
    assert refused(tmp_path / "content") == [(f"{tmp_path}/content/deep/odd", reason)]


def test_devices() -> None:
    assert refused(Path("/dev/null")) == [("/dev/null", "it is a device")]


def test_all_problems_are_told(tmp_path: Path) -> None:
    contents.write(tmp_path / "content", {"a": Link("x"), "good": b"", "b": {"c": Link("y")}})
    assert refused(tmp_path / "content", tmp_path / "missing") == [
        (f"{tmp_path}/content/a", "it is a link to x, which is not there"),
        (f"{tmp_path}/content/b/c", "it is a link to y, which is not there"),
        (f"{tmp_path}/missing", "there is no such file or directory"),
    ]


def test_names_that_are_not_utf_8(tmp_path: Path) -> None:
    os.mkdir(os.path.join(os.fsencode(tmp_path), b"content"))  # noqa: PTH102, PTH118, a Path cannot say it
    try:
        with open(os.path.join(os.fsencode(tmp_path), b"content", b"caf\xe9"), "wb"):  # noqa: PTH118, PTH123
            pass
    except OSError:
        pytest.skip("this file system has only names that are UTF-8")
    assert refused(tmp_path / "content") == [(f"{tmp_path}/content/caf\\xe9", "its name is not UTF-8")]


@pytest.mark.parametrize(("path", "kind"), [("file", "w"), ("folder", "r")])
def test_no_permission(path: str, kind: str, tmp_path: Path) -> None:
    contents.write(tmp_path / "content", {"file": b"x", "folder": {"file": b"x"}})
    (tmp_path / "content" / path).chmod(0)
    try:
        if os.access(tmp_path / "content" / path, os.R_OK):
            pytest.skip("the superuser may read everything")
        assert refused(tmp_path / "content") == [(f"{tmp_path}/content/{path}", "no permission to read it")]
    finally:
        (tmp_path / "content" / path).chmod(0o700)


def test_two_paths_of_one_name(tmp_path: Path) -> None:
    contents.write(tmp_path / "a", {"index.html": b"a"})
    contents.write(tmp_path / "b", {"index.html": b"b"})
    first, second = tmp_path / "a" / "index.html", tmp_path / "b" / "index.html"
    assert refused(first, second) == [(str(second), f"it has the same name as {first}, and both would be in one directory")]


def test_no_path() -> None:
    with pytest.raises(DagError, match=r"^nothing to publish: no path is given$"):
        plan([], Options())


@pytest.mark.parametrize("name", [".", "..", "link"])
def test_paths_that_are_given_are_followed(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = contents.write(tmp_path / "content", {"file": b"content", "link": Link("../content"), "below": {}})
    monkeypatch.chdir(content / "below" if name == ".." else content)
    with plan([content], Options()) as wanted, plan([Path(name)], Options()) as planned:
        assert planned.root == wanted.root


def test_a_measure_of_what_there_is(tmp_path: Path) -> None:
    content = contents.write(tmp_path / "content", {"a": b"12345", "b": {"c": b"123", "l": Link("c"), ".hidden": b"12"}})
    assert measure([content], Options()) == (2, 8)
    assert measure([content, content / "a"], Options(hidden=True)) == (4, 15)


def test_a_tree_that_is_deeper_than_python_recurses(tmp_path: Path) -> None:
    folders = [tmp_path / "x"]
    while len(folders) < 1100:
        folders.append(folders[-1] / "x")
    for folder in folders:
        folder.mkdir()
    with plan([folders[0]], Options()) as planned:
        assert (planned.parts[0].blocks, planned.files) == (1100, 0)
    for folder in reversed(folders):  # pytest cannot delete it
        folder.rmdir()


BAD: dict[str, tuple[Callable[[], Options], str]] = {
    "version": (lambda: Options(cid_version=2), "the CID version is 0 or 1, not 2"),
    "profile": (lambda: Options(profile="badgerds"), "the profile 'badgerds' is not known; known are unixfs-v1-2025, unixfs-v0-2015"),
    "part": (lambda: Options(max_part=1000), "a part has 2096896 bytes or more, not 1000"),
}


@pytest.mark.parametrize(("make", "wanted"), BAD.values(), ids=BAD)
def test_options_that_are_not_possible(make: Callable[[], Options], wanted: str) -> None:
    with pytest.raises(OptionError) as raised:
        make()
    assert str(raised.value) == wanted


@pytest.mark.parametrize("chunker", ["", "rabin", "rabin-1-2-3", "buzhash", "size-", "size-0", "size--1", "size-2096897", "1048576", "size-1e6"])
def test_chunkers_that_are_not_possible(chunker: str) -> None:
    with pytest.raises(OptionError) as raised:
        Options(chunker=chunker)
    assert str(raised.value) == f"the chunker {chunker!r} is not possible; possible is size-<bytes>, with 1 to 2096896 bytes, such as size-1048576"
