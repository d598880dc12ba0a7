"""``python -m cost <stack> [assumption=value …]``: a stack's monthly bill; ``python -m cost docs``: rewrites the tables in docs/cost.md."""

import dataclasses
import sys
from collections.abc import Sequence

from sandbox import simulation

from . import bill, stacks
from .prices import Assumptions, Line, Prices, read_price_file

DOCS = stacks.ROOT / "docs" / "cost.md"
_BEGIN, _END = "<!-- made by: make cost STACK=docs -->\n", "<!-- end -->\n"


def tables() -> str:
    """The tables of docs/cost.md."""
    prices, assumptions = read_price_file()
    idle, small, usual, large = (assumptions[name] for name in ("idle", "small", "usual", "large"))
    default = stacks.registered(stacks.configured({}))
    columns = {
        "default, idle": bill.bill(default, idle, prices),
        "small": bill.bill(stacks.registered(simulation.read_configuration(stacks.ROOT, "dev")), small, prices),
        "default": bill.bill(default, usual, prices),
        "AWS sample": bill.bill(stacks.sample(), usual, prices),
        "large": bill.bill(stacks.registered(stacks.configured(stacks.LARGE)), large, prices),
    }
    sums = [bill.parts(lines, prices) for lines in columns.values()]
    rows = ["| USD a month | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    rows += [f"| {part} | " + " | ".join(f"{column[part]:.2f}" for column in sums) + " |" for part in bill.PARTS]
    rows.append("| **total** | " + " | ".join(f"**{sum(column.values()):.2f}**" for column in sums) + " |")
    scenarios = ["| assumed, a month | idle | small | default and AWS sample | large |", "|---|---:|---:|---:|---:|"]
    scenarios += [f"| {_TITLES[field]} | " + " | ".join(f"{getattr(a, field):g}" for a in (idle, small, usual, large)) + " |" for field in _TITLES]
    return "\n".join(rows) + "\n\n" + "\n".join(scenarios) + "\n"


_TITLES = {
    "stored_gib": "`stored_gib`: GiB that every node holds",
    "added_gib": "`added_gib`: GiB added",
    "small_adds_million": "`small_adds_million`: additional adds of files below 32 KiB, in millions",
    "read_gib": "`read_gib`: GiB served to readers",
    "hit_percent": "`hit_percent`: percent of it that CloudFront serves from its cache",
    "requests_million": "`requests_million`: million requests",
    "log_gib": "`log_gib`: GiB of logs per node",
    "swarm_gib": "`swarm_gib`: GiB that the IPFS network reads from the nodes",
    "dht_gib": "`dht_gib`: GiB that each node of the public network sends to answer look-ups",
    "cold_percent": "`cold_percent`: percent of the data that nobody reads, with `storage.transitionToIaDays`",
    "block_kib": "`block_kib`: KiB in a block",
}


def documented(text: str) -> str:
    """The page with its tables regenerated."""
    before, rest = text.split(_BEGIN)
    return before + _BEGIN + tables() + _END + rest.split(_END)[1]


def show(lines: Sequence[Line], prices: Prices) -> str:
    """A bill, line by line."""
    ordered = sorted(lines, key=lambda line: bill.PARTS.index(line.part))
    costs = prices.usd(ordered)
    rows = [f"{line.part:<22} {line.what:<62} {line.quantity:>9.2f} {usd:>9.2f}" for line, usd in zip(ordered, costs, strict=True)]
    total = sum(costs)
    return "\n".join([*rows, f"{'total':<94} {total:>10.2f} USD a month (us-east-1, prices of {prices.date})"])


def main(words: Sequence[str]) -> int:
    """Runs the command line and returns the exit code."""
    if words[0] == "docs":
        DOCS.write_text(documented(DOCS.read_text()))
        return 0
    prices, assumptions = read_price_file()
    try:
        given = {name: float(value) for name, _, value in (word.partition("=") for word in words[1:])}
        assumed: Assumptions = dataclasses.replace(assumptions["usual"], **given)
        resources = stacks.registered(simulation.read_configuration(stacks.ROOT, words[0]))
    except (ValueError, TypeError):
        print(f"error: give assumptions as name=number, of {', '.join(_TITLES)}", file=sys.stderr)
        return 2
    except simulation.ConfigurationError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(show(bill.bill(resources, assumed, prices), prices))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
