"""Prints what rings when: ``python -m tests.helpers.alarm_simulation``."""

import sys

from tests.helpers.alarm_simulation.scenarios import SCENARIOS, export_ends, messages_at_creation


def table() -> str:
    """What rings when in every scenario, for people."""
    lines = ["| what happens | which alarm fires, and after how many minutes |", "|---|---|"]
    results = {name: scenario().after() for name, scenario in SCENARIOS.items()}
    results["no export of the pinset any more"] = export_ends()
    for name, found in results.items():
        rang = ", ".join(f"{alarm} ({minutes:.0f})" for alarm, minutes in sorted(found.items(), key=lambda item: item[1]))
        lines.append(f"| {name} | {rang or '–'} |")
    return "\n".join([*lines, "", f"messages that all is well at the first deployment: {messages_at_creation()}"])


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
