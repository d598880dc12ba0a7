"""Pure: the form that parts of a member's output have. All of it comes into settings of daemons and names of resources, so nothing of another
form is let through.
"""

import re
from typing import Any

PEER_ID = r"(12D3KooW|Qm|16Uiu2HA)[1-9A-HJ-NP-Za-km-z]{40,48}"
DNS_NAME = r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"


def like(expression: str, value: Any) -> str:
    """A string that matches a regular expression as a whole. Raises ValueError for anything else."""
    if not isinstance(value, str) or not re.fullmatch(expression, value):
        raise ValueError
    return value
