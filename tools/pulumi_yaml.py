"""The configuration block of Pulumi.yaml, from the checked-in schema: `python -m tools.pulumi_yaml` writes it."""

import json
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

from ipfs_cluster.config import camel_case, snake_case

from tools import schema

FILE = Path(__file__).resolve().parent.parent / "Pulumi.yaml"
_START = "# Everything below is written by `python -m tools.pulumi_yaml`.\n"
_WIDTH = 120


def page() -> str:
    """The whole file: the part written by hand, and the block."""
    return FILE.read_text().partition(_START)[0] + _START + "".join(_block())


def _block() -> Iterator[str]:
    known = json.loads(schema.FILE.read_text())
    names = {snake_case(name) for type_ in known["types"].values() for name in type_["properties"]}
    inputs = re.compile(rf"\b({'|'.join(sorted(name for name in names if '_' in name))})\b")
    yield "config:\n"
    for name, group in known["resources"]["ipfs-cluster:index:IpfsCluster"]["inputProperties"].items():
        yield f"  {name}:\n    type: object\n    default: {{}}\n    description: |-\n"
        yield from _wrapped(str(group["description"]), "      ", "      ")
        type_ = known["types"].get(group.get("$ref", "").removeprefix("#/types/"), {"properties": {}})
        for input_, described in type_["properties"].items():
            text = inputs.sub(lambda match: camel_case(match[0]), described["description"])
            yield from _wrapped(f"{input_}: {text}", "        ", "          ")


def _wrapped(text: str, first: str, rest: str) -> Iterator[str]:
    words = " ".join(text.split())
    for line in textwrap.wrap(words, _WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False):
        yield line + "\n"


if __name__ == "__main__":
    FILE.write_text(page())
