"""What CloudFront keeps of the gateway's answers, in a model of its cache with the policy and the functions as they are registered."""

import dataclasses
import http.client
import urllib.parse
from collections.abc import Iterator

import pytest

from tests.helpers.edge_cache import Cache, Headers
from tests.helpers.edge_functions import needs_node
from tests.helpers.readers import READERS, TOKENS, YEAR
from tests.helpers.support import deployed_small

pytestmark = needs_node
FOREVER = "public, max-age=29030400, immutable"
ARCHIVES = [
    ("/ipfs/root?format=car", {}),
    ("/ipfs/root?format=c%61r", {}),
    ("/ipfs/root?format=tar", {}),
    ("/ipfs/root", {"accept": "application/vnd.ipld.car; dups=y"}),
    ("/ipfs/root", {"accept": "application/x-tar"}),
    ("/ipfs/root?format=tar", {"x-archive-request": "always the same"}),
]


class Kubo:
    """As kubo answers: by a missing block archives end early and soundly, and files break off."""

    def __init__(self) -> None:
        self.whole = True

    def __call__(self, method: str, path: str, headers: Headers) -> tuple[int, Headers, bytes]:
        asked = urllib.parse.unquote(path) + headers["accept"]
        etag = f'W/"{asked}"'
        answer = {"cache-control": FOREVER, "etag": etag}
        if headers.get("if-none-match") == etag:
            return 304, answer, b""
        if self.whole:
            return 200, answer, b"all of it"
        if "car" in asked or "tar" in asked:
            return 200, {**answer, "trailer": "X-Stream-Error"}, b"all"
        raise http.client.IncompleteRead(b"all", 6)


@pytest.fixture(scope="module", params=list(READERS))
def registered(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cache, dict[str, str]]]:
    groups, headers = READERS[request.param]
    with deployed_small(groups) as stack:
        yield Cache.of(stack, Kubo(), tmp_path_factory.mktemp("cache"), {"id": TOKENS["id"]}), headers


@pytest.fixture
def cache(registered: tuple[Cache, dict[str, str]]) -> Cache:
    return dataclasses.replace(registered[0], origin=Kubo(), copies={})


@pytest.fixture
def reader(registered: tuple[Cache, dict[str, str]]) -> dict[str, str]:
    return registered[1]


def test_an_archive_that_was_cut_short_is_neither_kept_nor_renewed(cache: Cache, reader: dict[str, str]) -> None:
    for path, headers in ARCHIVES:
        cache.origin = kubo = Kubo()
        kubo.whole = False
        status, answer, body = cache.get(path, **reader, **headers)
        assert (status, body) == (200, b"all"), "nothing shows that it is cut short"
        assert answer["cache-control"] == "no-store", "the reader's own cache"
        kubo.whole = True
        assert cache.get(path, **reader, **headers)[2] == b"all of it", (path, headers)
        cache.now += YEAR
        assert cache.get(path, **reader, **headers)[2] == b"all of it", (path, headers)
        status, _, body = cache.get(path, **reader, **headers, **{"if-none-match": answer["etag"]})
        assert (status, body) == (200, b"all of it"), "nor does a reader's revalidation renew its own copy"


def test_without_the_functions_it_would_be(cache: Cache) -> None:
    """That the model shows what it is for."""
    bare = dataclasses.replace(cache, viewer_functions={}, lambdas={}, origin=(kubo := Kubo()))
    kubo.whole = False
    assert bare.get("/ipfs/root?format=car", accept="*/*")[2] == b"all"
    kubo.whole = True
    assert bare.get("/ipfs/root?format=car", accept="*/*")[2] == b"all", "kept"
    bare.now += YEAR
    assert bare.get("/ipfs/root?format=car", accept="*/*")[2] == b"all", "renewed"


def test_everything_else_is_kept_whatever_accept_says(cache: Cache, reader: dict[str, str]) -> None:
    for path in ("/ipfs/root", "/ipfs/root?format=raw", "/ipfs/root?format=dag-json"):
        asked = cache.asked
        accepted = ("*/*", "image/avif,image/webp,*/*;q=0.8", "audio/*;q=0.9", "application/signed-exchange")
        for accept in accepted:
            status, answer, body = cache.get(path, **reader, accept=accept)
            assert (status, answer["cache-control"], body) == (200, FOREVER, b"all of it")
        assert cache.asked == asked + 1, "one copy"
        etag = cache.get(path, **reader, accept="*/*")[1]["etag"]
        assert cache.get(path, **reader, accept="*/*", **{"if-none-match": etag})[0] == 304


def test_a_file_that_broke_off_is_not_kept(cache: Cache, reader: dict[str, str]) -> None:
    assert isinstance(cache.origin, Kubo)
    cache.origin.whole = False
    assert cache.get("/ipfs/root", **reader)[2] == b"all"
    cache.origin.whole = True
    assert cache.get("/ipfs/root", **reader)[2] == b"all of it"


def test_who_is_not_let_in_gets_no_copy(cache: Cache, reader: dict[str, str]) -> None:
    assert cache.get("/ipfs/root", **reader)[0] == 200
    assert cache.get("/ipfs/root")[0] == (401 if reader else 200)
