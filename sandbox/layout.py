"""The dashboard's layout as an image: ``python -m sandbox.layout > docs/dashboard.svg``."""

import json
import sys
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from moto import mock_aws

from . import simulation
from .account import Account

ROOT = Path(__file__).resolve().parent.parent
_COLUMN, _ROW = 40, 14
_FILLS = {"text": "none", "alarm": "#fdecea", "metric": "#eaf2fb", "log": "#f3f3f3"}


def svg(widgets: Sequence[Mapping[str, Any]]) -> str:
    """A box for each widget, at CloudWatch's position."""
    height = max(widget["y"] + widget["height"] for widget in widgets) * _ROW
    boxes = []
    for widget in widgets:
        properties = widget["properties"]
        title = properties.get("title") or properties["markdown"].lstrip("# ")
        x, y, width = widget["x"] * _COLUMN, widget["y"] * _ROW, widget["width"] * _COLUMN
        box = f'<rect x="{x + 2}" y="{y + 2}" width="{width - 4}" height="{widget["height"] * _ROW - 4}" rx="3" fill="{_FILLS[widget["type"]]}" stroke="#999"/>'
        boxes.append((box if widget["type"] != "text" else "") + f'<text x="{x + 8}" y="{y + 12}"{_bold(widget)}>{escape(title)}</text>')
        labels = [part["label"] for metric in properties.get("metrics", []) for part in metric if isinstance(part, dict) and "label" in part]
        for line, label in enumerate(labels[:4]):
            boxes.append(f'<text x="{x + 14}" y="{y + 30 + 13 * line}" fill="#666">{escape(label)}</text>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {24 * _COLUMN} {height}" font-family="sans-serif" font-size="10">'
    return "\n".join([head, *boxes, "</svg>"]) + "\n"


def _bold(widget: Mapping[str, Any]) -> str:
    return ' font-weight="bold"' if widget["type"] == "text" else ""


def default_widgets() -> list[dict[str, Any]]:
    """The dashboard's widgets of a deployment with the defaults."""
    with mock_aws():
        account = Account("eu-west-1")
        configuration = simulation.Configuration.of({}, "prod", account.region)
        simulation.run(ROOT / "__main__.py", configuration, account)
        body = account.client("cloudwatch").get_dashboard(DashboardName="ipfs-cluster-prod-ipfs")["DashboardBody"]
    return list(json.loads(body)["widgets"])


if __name__ == "__main__":
    sys.stdout.write(svg(default_widgets()))
