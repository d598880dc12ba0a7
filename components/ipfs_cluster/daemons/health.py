"""Pure: the daemons' health checks."""

from typing import Any

START_PERIOD_SECONDS = 300
"""How long a container may take to become healthy: the most that ECS allows."""

_WELL_SECONDS = 45
# The check's own note that the one before it was good; the start scripts remove it.
_WELL = "/tmp/well"  # noqa: S108 (in the container)


def check(command: str) -> dict[str, Any]:
    """A health check by a shell command that succeeds if all is well.

    It looks every five seconds until all is well, and then every fifty, since its start takes more of a processor than its question. A
    command that finds something wrong ends at once, or by itself after some seconds. Ten such checks in a row make ECS replace the task.
    """
    script = f"if rm {_WELL} 2> /dev/null; then sleep {_WELL_SECONDS}; fi; ({command}) > /dev/null 2>&1 && : > {_WELL} || exit 1"
    # A success within the start period ends it, so the longest one costs nothing and covers a repository of any size.
    return {"command": ["CMD-SHELL", script], "interval": 5, "timeout": 60, "retries": 10, "startPeriod": START_PERIOD_SECONDS}
