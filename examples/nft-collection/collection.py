"""Publishes an NFT collection: a folder of images and a table of traits become two directories, and every token is read back.

    python collection.py images traits.csv --name Foxes --metadata metadata

The table is a CSV file with a header, or a JSON list of objects. Columns with a meaning of their own are `id` (default: 1, 2, 3, …), `image` (the
image's file name; default: the file that is named by the id), `name`, `description` and `external_url`. Every other column is a trait.

Publishing is done by the command `ipfs-cluster`, which finds the cluster by its own options or variables. The same input gives the same CIDs.
"""

import argparse
import csv
import io
import json
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OWN_COLUMNS = ("id", "image", "name", "description", "external_url")


class CollectionError(Exception):
    """What is wrong with the input, or with what was published."""


@dataclass(frozen=True)
class Token:
    """One row of the table."""

    id: str
    image: str
    """The file's name in the folder of images."""
    name: str
    texts: Mapping[str, str]
    """`description` and `external_url`, as far as they are given."""
    traits: Mapping[str, Any]

    def metadata(self, images: str) -> bytes:
        """The token's metadata, as marketplaces read it; ``images`` is the CID of the images. The same values give the same bytes."""
        link = f"ipfs://{images}/{urllib.parse.quote(self.image)}"
        attributes = [{"trait_type": trait, "value": value} for trait, value in self.traits.items()]
        content = {"name": self.name, **self.texts, "image": link, "attributes": attributes}
        return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def read_rows(file: Path) -> list[dict[str, Any]]:
    """The rows of a CSV or JSON file. Raises CollectionError."""
    try:
        text = file.read_text(encoding="utf-8-sig")  # spreadsheets begin their CSV files with a byte order mark
    except (OSError, UnicodeDecodeError) as error:
        raise CollectionError(f"{file} cannot be read: {error}") from error
    if file.suffix.lower() == ".json":
        try:
            rows = json.loads(text)
        except ValueError as error:
            raise CollectionError(f"{file} is not JSON: {error}") from error
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise CollectionError(f"{file} is not a list of objects, one for each token")
        return rows
    table = csv.DictReader(io.StringIO(text, newline=""), restkey="")
    rows = list(table)
    for number, row in enumerate(rows, 2):
        if "" in row or None in row.values():  # more or fewer
            raise CollectionError(f"{file}, line {number}: the header has {len(table.fieldnames or ())} columns, this line has another number")
    return rows


def tokens(rows: Sequence[Mapping[str, Any]], images: Path, name: str) -> list[Token]:
    """The tokens that the rows describe. Raises CollectionError for a row without an image, an image without a row, and an id that is there twice."""
    if not images.is_dir():
        raise CollectionError(f"{images} is not a folder")
    files = sorted(file.name for file in images.iterdir() if file.is_file() and not file.name.startswith("."))
    found: list[Token] = []
    for number, row in enumerate(rows, 1):
        given = {column: value for column, value in row.items() if value not in (None, "")}
        id_ = str(given.get("id", number))
        if not id_.isdecimal():
            raise CollectionError(f"row {number}: {id_!r} is not a token's number")
        if any(id_ == token.id for token in found):
            raise CollectionError(f"row {number}: token {id_} is there twice")
        image = str(given["image"]) if "image" in given else image_of(id_, files)
        if image not in files:
            raise CollectionError(f"row {number}: there is no {image} in {images}")
        texts = {column: str(given[column]) for column in ("description", "external_url") if column in given}
        traits = {column: value for column, value in given.items() if column not in OWN_COLUMNS}
        found.append(Token(id_, image, str(given.get("name", f"{name} #{id_}")), texts, traits))
    unused = [file for file in files if file not in {token.image for token in found}]
    if unused:
        raise CollectionError(f"no token has the image {', '.join(unused)}")
    if not found:
        raise CollectionError("the table has no rows")
    return found


def image_of(id_: str, files: Sequence[str]) -> str:
    """The image that is named by a token's number. Raises CollectionError."""
    named = [file for file in files if Path(file).stem == id_]
    if len(named) != 1:
        raise CollectionError(f"token {id_}: {' and '.join(named) or 'no image'} is named {id_}; give a column `image`")
    return named[0]


def write_metadata(found: Sequence[Token], images: str, folder: Path, extension: str) -> None:
    """Writes a file for each token into a folder that is new, empty, or holds those of an earlier run. Raises CollectionError."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {f"{token.id}{extension}" for token in found}
    foreign = sorted(file.name for file in folder.iterdir() if file.name not in names)
    if foreign:
        raise CollectionError(f"{folder} holds {foreign[0]}, which would be published too; give another folder or delete it")
    for token in found:
        (folder / f"{token.id}{extension}").write_bytes(token.metadata(images))


def publish(folder: Path, name: str, command: Sequence[str]) -> tuple[str, str]:
    """Publishes a folder and waits until the nodes have it. Gives its CID and its URL at the gateway. Raises CollectionError."""
    done = subprocess.run([*command, "publish", str(folder), "--name", name, "--json"], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise CollectionError(f"{folder} was not published (above)")
    answer = json.loads(done.stdout)
    cid = str(answer["cid"])
    urls = [str(url) for url in answer["urls"] if str(url).startswith("http") and f"/ipfs/{cid}" in str(url)]
    if not urls:
        raise CollectionError("the address of the gateway is not known; set IPFS_CLUSTER_GATEWAY_URL")
    return cid, urls[0]


def fetch(url: str) -> bytes:
    """What the gateway serves. Raises CollectionError."""
    try:
        with urllib.request.urlopen(url, timeout=120) as answer:  # noqa: S310 (publish() gives web addresses only)
            return bytes(answer.read())
    except (urllib.error.URLError, OSError) as error:
        raise CollectionError(f"{url} cannot be read: {error}") from error


def verify(found: Sequence[Token], images: Path, folder: Path, extension: str, metadata_url: str) -> None:
    """Reads each token's metadata through the gateway, follows its link, and compares both with the files here. Raises CollectionError."""
    gateway = metadata_url.partition("/ipfs/")[0]
    for token in found:
        file = f"{token.id}{extension}"
        served = fetch(f"{metadata_url}/{file}")
        if served != (folder / file).read_bytes():
            raise CollectionError(f"token {token.id}: the gateway serves other metadata than {folder / file}")
        link = str(json.loads(served)["image"])
        if fetch(f"{gateway}/ipfs/{link.removeprefix('ipfs://')}") != (images / token.image).read_bytes():
            raise CollectionError(f"token {token.id}: the gateway serves another image at {link} than {images / token.image}")


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Publishes an NFT collection and reads every token back.")
    parser.add_argument("images", type=Path, help="folder of images")
    parser.add_argument("table", type=Path, help="CSV or JSON file, a row for each token")
    parser.add_argument("--name", required=True, help="name of the collection")
    parser.add_argument("--metadata", type=Path, default=Path("metadata"), help="folder that the metadata is written to (default: metadata)")
    parser.add_argument(
        "--extension",
        default=".json",
        help="end of the metadata's file names; '' for contracts whose token URI is the base URI and the number (default: .json)",
    )
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None, command: Sequence[str] = ("ipfs-cluster",)) -> None:
    """Publishes, verifies, and prints the base URI. Raises CollectionError."""
    wanted = arguments(given)
    found = tokens(read_rows(wanted.table), wanted.images, wanted.name)
    images, _ = publish(wanted.images, f"{wanted.name}: images", command)
    write_metadata(found, images, wanted.metadata, wanted.extension)
    metadata, url = publish(wanted.metadata, f"{wanted.name}: metadata", command)
    verify(found, wanted.images, wanted.metadata, wanted.extension, url)
    print(f"images    ipfs://{images}/")
    print(f"base URI  ipfs://{metadata}/")
    print(f"{len(found)} tokens: metadata and image of each were read back through the gateway")


if __name__ == "__main__":
    try:
        main()
    except CollectionError as error:
        sys.exit(f"error: {error}")
