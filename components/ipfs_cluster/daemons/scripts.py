"""Pure: the shell scripts of the containers, each in its own file."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from ..spelling import Spelling


def read(name: str, spelling: Spelling) -> str:
    """A script without its heading comment. ``@group.input@`` becomes the input in the caller's spelling."""
    text = (Path(__file__).parent / name).read_text()
    body = re.sub(r"\A(#.*\n)+\n", "", text)
    return re.sub(r"@([a-z]+\.[a-z_0-9]+)@", lambda match: ".".join(map(spelling, match[1].split("."))), body)


def keeper(spelling: Spelling, compared: Sequence[str]) -> str:
    """The keeper. ``compared`` are the addresses of the nodes that it compares with, itself included; none for those that ipfs-cluster sees."""
    whole = read("keeper.sh", spelling).rstrip("\n")
    if not compared:
        return whole
    functions, loop, rest = whole.partition('\nsleep "$turn_seconds"\n')
    return f"CLUSTER_PEERADDRESSES={shlex.quote(','.join(compared))}\n{functions}\n{read('keeper_of_followers.sh', spelling)}{loop}{rest}"
