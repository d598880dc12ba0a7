"""Pure: the check of tags."""

from collections.abc import Mapping

import pulumi

from .problems import Key, Problem, Problems, path

OWN_TAG = "ipfs-cluster"
"""The tag of everything that a cluster consists of. Its costs and its existing file systems are found by it."""


def problems(tags: Mapping[str, pulumi.Input[str]]) -> Problems:
    """What is wrong with the user's tags."""
    for key, value in tags.items():
        where = path("tags", Key(key))
        if key.lower().startswith("aws:") or not 1 <= len(key) <= 128:
            yield Problem(where, "AWS does not take such a key; use 1 to 128 characters that do not start with aws:.")
        elif key == OWN_TAG or key.startswith(f"{OWN_TAG}-"):
            yield Problem(where, "the program sets such tags itself, and finds the cluster's file systems and costs by them; use another key.")
        if isinstance(value, str) and len(value) > 256:
            yield Problem(where, f"the value has {len(value)} characters; use up to 256.")
