"""What the documentation says of the command ipfs-cluster is what it takes and gives."""

import re
import shlex

import click
import pytest
from ipfs_cluster_cli.commands import commands
from ipfs_cluster_cli.errors import Exit

from tests.helpers.pages import command_blocks
from tests.helpers.pages import commands as lines
from tests.helpers.support import ROOT
from tools import recording

PAGE = (ROOT / "docs" / "publish.md").read_text()


def documented() -> list[tuple[str, list[str]]]:
    """Every command line of ipfs-cluster in the documentation, with the words after its name."""
    found = []
    for block in command_blocks():
        for line in lines(block.text):
            if line.partition(" ")[0].rpartition("/")[2] == "ipfs-cluster" and not line.endswith(" --help"):
                found.append((str(block), shlex.split(line, comments=True)[1:]))
    return found


def parsed(command: click.Command, words: list[str], parent: click.Context | None = None) -> None:
    context = command.make_context(command.name, list(words), parent)
    if isinstance(command, click.Group):
        _, inner, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        assert inner is not None
        parsed(inner, rest, context)


@pytest.mark.parametrize(("where", "words"), documented())
def test_the_command_takes_what_is_documented(where: str, words: list[str]) -> None:
    parsed(commands, words)


def test_command_lines_are_found_and_refused() -> None:
    assert len(documented()) > 10
    with pytest.raises(click.UsageError):
        parsed(commands, ["pins", "list", "--nmae", "x"])


def test_the_exit_codes() -> None:
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)] == sorted(Exit)
    assert all(f"{int(code)} " in (commands.help or "") for code in Exit)


def test_the_options() -> None:
    publish = commands.commands["publish"]
    known = {option for parameter in publish.params for option in parameter.opts}
    assert set(re.findall(r"`(--[a-z-]+)", PAGE)) - known - {"--help", "--yes", "--status", "--show-secrets"} == set()
    assert {option for option in known if option.startswith("--")} - set(re.findall(r"--[a-z-]+", PAGE)) == set()


def test_the_recording_is_drawn() -> None:
    assert recording.DRAWING.read_text() == recording.drawn(recording.RECORDED.read_text()), "draw it: python -m tools.recording"


def test_a_recording_shows_what_a_terminal_does() -> None:
    assert recording.lines("one\r\n\x1b[?25l10 %\r\x1b[2K20 %\r\nthree\r\n\x1b[1A\x1b[2Kthree!\x1b[?25h\r\n") == ["one", "20 %", "three!", ""]
