"""Pure: the shell scripts of the containers, each in its own file."""

import re
from pathlib import Path

from ..spelling import Spelling


def read(name: str, spelling: Spelling) -> str:
    """A script without its heading comment. ``@group.input@`` becomes the input in the caller's spelling."""
    text = (Path(__file__).parent / name).read_text()
    body = re.sub(r"\A(#.*\n)+\n", "", text)
    return re.sub(r"@([a-z]+\.[a-z_0-9]+)@", lambda match: ".".join(map(spelling, match[1].split("."))), body)
