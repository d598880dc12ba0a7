"""The page about acceptance says what the kit does."""

import os
import re
import subprocess

from accept.probes import PROBES
from tests.helpers.support import ROOT
from tools import acceptance

PAGE = acceptance.PAGE.read_text()


def test_tables_are_up_to_date() -> None:
    assert acceptance.documented(PAGE) == PAGE, "run: python -m tools.acceptance"


def test_hours_are_those_of_the_probes() -> None:
    hours = sum(probe.minutes for probe in PROBES) / 60
    assert "between six and seven hours" in PAGE
    assert 6 < hours < 7


def test_the_target_knows_all_choices() -> None:
    given = ["REGION=eu-west-1", "BUDGET=10", "KEEP=1", "EXPIRY=1", "SKIP=idle,trail", "YES=1", "RESUME=accept-x"]
    alone = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}  # `make test` runs this
    command = ["make", "--no-print-directory", "--dry-run", "-o", ".venv/ready", "accept", *given]
    done = subprocess.run(command, cwd=ROOT, env=alone, capture_output=True, text=True, check=True)
    words = " ".join(done.stdout.replace("\\\n", " ").split())
    assert words.endswith("-m accept --region eu-west-1 --budget-usd 10 --resume accept-x --keep --expiry --skip idle,trail --yes")
    for choice in re.findall(r"^\| `([A-Z]+)=", PAGE, re.MULTILINE):
        assert any(word.startswith(f"{choice}=") for word in given)
