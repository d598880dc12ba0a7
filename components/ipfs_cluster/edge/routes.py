"""Pure: the CloudFront Functions that choose the Region of a request."""

import json
import re
import string
from collections.abc import Sequence

from ..regions.distance import REGIONS, nearest
from .sources import source

FAILOVER = (404, 500, 502, 503, 504)
"""For which statuses of a Region readers are sent to the next one: 404 because the content may not be there yet, 503 stands for a connection
that fails, 504 for an answer that takes too long (CloudFront Developer Guide, "Optimize high availability with CloudFront origin failover")."""

STORE_KEY = "out"
"""The key of the store that has the names of the Regions that are taken out, with commas."""

_DIGITS = string.digits + string.ascii_lowercase
_COMMENTS = re.compile(r"^ *//.*\n", re.MULTILINE)

UNCHANGED = "function handler(event) {\n    return event.request;\n}\n"
"""A function that lets every request pass."""


def origin_id(role: str, region: str) -> str:
    """The name of a Region's origin in a distribution."""
    return f"{role}-{region}"


def code(own: str, role: str, regions: Sequence[str], default: str, *, failover: bool, named: Sequence[str] = ()) -> str:
    """The code of a function that does what ``own`` does and then chooses one of the ``regions``.

    Where an edge location is not known, the order is that of ``default``. ``failover`` says whether a second Region may be asked, ``named`` is
    what is before and behind the Region in a host that stands for one; empty where no host does.
    """
    places = sorted(regions)

    def order(edge: str) -> str:
        return "".join(_DIGITS[places.index(region)] for region in nearest(edge, places))

    constants = {
        "ROLE": role,
        "REGIONS": places,
        "NEAREST": {edge: order(edge) for edge in REGIONS},
        "ELSEWHERE": order(default),
        "FAILOVER": list(FAILOVER) if failover else [],
        "NAMED": list(named),
    }
    lines = [f"var {name} = {json.dumps(value, separators=(',', ':'))};" for name, value in constants.items()]
    parts = [own.replace("function handler(", "function respond(", 1), source("regions.js"), *lines, ""]
    # The runtime wants this import in the first line (CloudFront Developer Guide, "Helper methods for origin modification"). Its code may have
    # 10 KB, so the comments stay here.
    return "\n".join(["import cf from 'cloudfront';", *(_COMMENTS.sub("", part) for part in parts)])
