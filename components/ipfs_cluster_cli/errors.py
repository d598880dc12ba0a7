"""Why a command ends, and with which exit code."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes; docs/publish.md describes them."""

    DONE = 0
    FAILED = 1
    """The cluster did not answer, or refused. What is there is kept, and the same command continues."""
    USAGE = 2
    """Wrong usage or input: another command line, file or setting is needed."""
    NOT_PINNED = 3
    """The content is in the cluster, but not all nodes that were asked for have pinned it in time."""
    CREDENTIALS = 4
    """The cluster does not accept the credentials."""
    WEBSITE = 5
    """The content is pinned, but the website does not show it."""
    INTERRUPTED = 130


class CommandError(Exception):
    """Ends the command: a sentence for the user, and the exit code."""

    def __init__(self, sentence: str, code: Exit = Exit.FAILED) -> None:
        super().__init__(sentence)
        self.code = code
