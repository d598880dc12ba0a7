"""The terminal recording in the documentation: `python -m tools.recording` draws docs/publish.svg from what was recorded.

`python -m tools.recording <outputs> <path>…` records anew: it publishes the paths to the cluster of a file with outputs, as
`make up` writes it, and keeps what a terminal got in docs/publish.txt.
"""

import io
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tools.code import ROOT

RECORDED, DRAWING = ROOT / "docs" / "publish.txt", ROOT / "docs" / "publish.svg"

COLUMNS = 100
_UP, _ERASE = re.compile(r"\x1b\[(\d*)A"), "\x1b[2K"


def lines(received: str) -> list[str]:
    """What is seen at the end: a terminal that knows how rich redraws a progress bar, with colors kept."""
    screen, row = [""], 0
    for piece in re.split(r"(\r|\n|\x1b\[\d*A|\x1b\[2K|\x1b\[\?25[lh])", received.replace("\r\n", "\n")):
        if piece == "\n":
            row += 1
            screen += [""] * (row == len(screen))
        elif up := _UP.fullmatch(piece):
            row = max(row - int(up[1] or 1), 0)
        elif piece in (_ERASE, "\r"):
            screen[row] = "" if piece == _ERASE else screen[row]
        elif not piece.startswith("\x1b[?25"):
            screen[row] += piece
    return [line.rstrip() for line in screen]


def drawn(received: str) -> str:
    """The drawing of what was recorded."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), color_system="truecolor", legacy_windows=False)
    for line in lines(received.strip("\n")):
        console.print(Text.from_ansi(line), soft_wrap=False)
    # The fonts that it would fetch are left out: readers' own do.
    return re.sub(r"\s*@font-face \{.*?\}", "", console.export_svg(title="ipfs-cluster publish"), flags=re.DOTALL)


def record(outputs: str, paths: list[str]) -> str:
    """What a terminal gets of the command."""
    shown = " ".join(["ipfs-cluster publish", *(Path(path).name for path in paths), "--outputs", ".sandbox/dev/outputs.json"])
    command = [sys.executable, "-m", "ipfs_cluster_cli", "publish", *paths, "--outputs", outputs]
    near, far = pty.openpty()
    process = subprocess.Popen(command, stdin=far, stdout=far, stderr=far, env={**os.environ, "COLUMNS": str(COLUMNS), "TERM": "xterm-256color"})
    os.close(far)
    received = b""
    try:
        while piece := os.read(near, 65536):
            received += piece
    except OSError:  # Linux's way to say that the other side is closed
        pass
    if process.wait() != 0:
        raise SystemExit(received.decode())
    return "\n".join([f"\x1b[1m$ {shown}\x1b[0m", *lines(received.decode())]).rstrip() + "\n"


def main(arguments: list[str]) -> None:
    """Records, if there is something to publish, and draws."""
    if arguments:
        RECORDED.write_text(record(arguments[0], arguments[1:]))
    DRAWING.write_text(drawn(RECORDED.read_text()))


if __name__ == "__main__":
    main(sys.argv[1:])
