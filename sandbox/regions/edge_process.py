"""The process that serves the edge of several Regions: ``python -m sandbox.regions.edge_process <folder>``, until it is ended by SIGTERM."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

from ..background import Background

EDGE = Background("edge", "sandbox.regions.edge_process", "the process in place of CloudFront")
STATE = "edge-state.json"
"""Its file with what may change, in the folder."""

_PROGRAM = Path(__file__).with_name("edge.mjs")


def node() -> str | None:
    """The command of Node.js, where it is installed."""
    return shutil.which("node")


def main(folder: Path) -> int:
    """Serves the edge of a folder. Waits for a process that serves it already. Gives the exit code."""
    with EDGE.serving(folder) as tell:
        command = [node() or "node", str(_PROGRAM), str(EDGE.settings_file(folder)), str(folder / STATE)]
        # It ends with its standard input, so that it does not outlive this process.
        made = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert made.stdin  # noqa: S101
        assert made.stdout  # noqa: S101
        signal.signal(signal.SIGTERM, lambda *_: made.terminate())
        for line in made.stdout:
            print(line, end="", flush=True)
            if line == "ready\n":
                tell()
        return 0 if made.wait() == -signal.SIGTERM else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
