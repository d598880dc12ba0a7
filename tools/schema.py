"""The component's schema, from which the SDKs of other languages are generated: `python -m tools.schema` writes it."""

import json
import tomllib
from pathlib import Path
from typing import Any

from ipfs_cluster.provider import Provider

COMPONENTS = Path(__file__).resolve().parent.parent / "components"
FILE = COMPONENTS / "schema.json"


def version(components: Path = COMPONENTS) -> str:
    """The package's version, from pyproject.toml."""
    return str(tomllib.loads((components / "pyproject.toml").read_text())["project"]["version"])


def schema() -> dict[str, Any]:
    """What `pulumi package get-schema` reads from the provider."""
    return dict(json.loads(Provider(version()).schema or ""))


def text() -> str:
    """The text of the schema file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text())
