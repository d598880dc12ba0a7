"""The report, safe to send: it holds no secret and no account ID."""

import datetime
import re
from collections.abc import Collection, Sequence
from typing import Any

from .questions import QUESTIONS
from .results import FAIL, PASS, RUNNING, SKIP, Probe
from .state import State

_KEY = re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b")
_BEARER = re.compile(r"(?i)\b(bearer|basic) [a-z0-9+/=._-]{12,}")


def mask(text: str, account: str, secrets: Collection[str] = ()) -> str:
    """A text without the account's ID, secrets and keys."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "<secret>")
    if account:
        text = text.replace(account, "<account>")
    return _BEARER.sub(r"\1 <secret>", _KEY.sub("<key>", text))


def as_json(state: State, probes: Sequence[Probe], now: float) -> dict[str, Any]:
    """The report as data."""
    owners = {question: probe.name for probe in probes for question in probe.questions}
    steps = [
        {
            "probe": probe.name,
            "proves": probe.proves,
            "result": state.steps[probe.name].status if probe.name in state.steps else "not run",
            "minutes": _minutes(state, probe.name, now),
            "evidence": state.steps[probe.name].evidence if probe.name in state.steps else [],
        }
        for probe in probes
    ]
    answers = {question: step.answers[question] for step in state.steps.values() for question in step.answers}
    report = {
        "run": state.run,
        "verdict": verdict(state, probes),
        "region": state.region,
        "began": _time(state.began),
        "minutes": round((_over(state, now) - state.began) / 60, 1),
        "expected_usd": round(state.expected_usd, 2),
        "versions": state.versions,
        "steps": steps,
        "questions": [
            {"question": QUESTIONS[question], "probe": owners[question], "answer": answers.get(question)} for question in QUESTIONS if question in owners
        ],
        "left": left(state),
    }
    return dict(_masked(report, state.account))


def _masked(value: Any, account: str) -> Any:
    if isinstance(value, dict):
        return {key: _masked(item, account) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item, account) for item in value]
    return mask(value, account) if isinstance(value, str) else value


def verdict(state: State, probes: Sequence[Probe]) -> str:
    """A summary in a few words."""
    counts = {
        status: [probe.name for probe in probes if probe.name in state.steps and state.steps[probe.name].status == status] for status in (PASS, FAIL, RUNNING)
    }
    words = [f"{len(counts[PASS])} of {len(probes)} passed"]
    if counts[FAIL]:
        words.append(f"failed: {', '.join(counts[FAIL])}")
    if counts[RUNNING]:
        words.append(f"interrupted at {', '.join(counts[RUNNING])}")
    return "; ".join(words)


def left(state: State) -> list[str]:
    """Everything that may still be in the account, each with the command that removes it."""
    found = [f"{one.kind} {one.id} in {one.region}: {one.command}" for one in state.loose]
    found += [f"{one}, which the engine may or may not have created" for one in state.pending]
    if not state.stack_removed and state.resources:
        found.append(f"the stack {state.run} with {len(state.resources)} resources: `make accept RESUME={state.run}`, or `pulumi destroy --stack {state.run}`")
    if state.stack_removed:
        found += [f"kept, as announced: {one}" for one in state.notes.get("kept", [])]
        found += [f"NOT announced: {one}" for one in state.notes.get("left", [])]
    return found


def markdown(report: dict[str, Any]) -> str:
    """The report as a page."""
    lines = [f"# Acceptance of ipfs-cluster, run {report['run']}", "", f"**{report['verdict']}.**", ""]
    lines += [f"Region {report['region']}, began {report['began']}, {report['minutes']:g} minutes, expected cost {report['expected_usd']:.2f} USD. Versions: "]
    lines[-1] += ", ".join(f"{name} {version}" for name, version in report["versions"].items()) + "."
    lines += ["", "## Probes", "", "| probe | what it shows | result | minutes |", "|---|---|---|---:|"]
    lines += [f"| {one['probe']} | {_cell(one['proves'])} | {one['result']} | {_number(one['minutes'])} |" for one in report["steps"]]
    lines += ["", "## Questions", "", "| question | probe | answer |", "|---|---|---|"]
    lines += [f"| {_cell(one['question'])} | {one['probe']} | {_cell(one['answer'] or '–')} |" for one in report["questions"]]
    lines += ["", "## What is left", ""]
    lines += [f"- {one}" for one in report["left"]] or ["Nothing."]
    lines += ["", "## Evidence"]
    for one in report["steps"]:
        if one["evidence"]:
            lines += ["", f"### {one['probe']}: {one['result']}", "", *(f"- {_item(text)}" for text in one["evidence"])]
    return "\n".join(lines) + "\n"


def _minutes(state: State, name: str, now: float) -> float | None:
    step = state.steps.get(name)
    if step is None or step.status == SKIP:
        return None
    return round(((step.ended or now) - step.began) / 60, 1)


def _over(state: State, now: float) -> float:
    ends = [step.ended for step in state.steps.values() if step.ended]
    return max(ends, default=now)


def _time(seconds: float) -> str:
    return f"{datetime.datetime.fromtimestamp(seconds, datetime.UTC):%Y-%m-%d %H:%M} UTC"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _item(text: str) -> str:
    return "  \n  ".join(line.strip() for line in text.splitlines() if line.strip())
