"""Pure: the checks of the component's, stack's and project's names, of which physical names are made."""

import re
from collections.abc import Sequence

from ..naming import Names
from .problems import Problem, Problems

_LABEL = 63  # the most characters of one label of a DNS name
_NAMESPACE = 253 - len("ipfs-node-ap-northeast-1a-3.")
_LOG_GROUP = 512 - len("/ap-northeast-1a-3/ipfs-cluster")
_PARAMETER = 1011 - len("arn:aws-us-gov:ssm:ap-northeast-1:123456789012:parameter/nodes/ap-northeast-1a-3/cluster-private-key")


def problems(names: Names) -> Problems:
    """What cannot become part of a physical name."""
    component = names.component
    if not re.fullmatch(r"[a-z][a-z0-9-]*", component):
        text = f"{component!r} becomes part of DNS names and paths; use lower-case letters, digits and hyphens, a letter first."
        yield Problem(("name",), text)
    elif component.startswith(("aws", "ssm")):
        yield Problem(("name",), f"{component!r} becomes the start of SSM parameter paths, where AWS reserves names in aws and ssm; use another.")
    for what, value in (("name", component), ("the stack's name", names.stack), ("the project's name", names.project)):
        if len(value) > _LABEL:
            yield Problem((what,), f"{value!r} has {len(value)} characters and becomes a label of DNS names; use up to {_LABEL}.")
    for what, value, most in (
        ("DNS name", names.namespace, _NAMESPACE),
        ("log group name", names.path, _LOG_GROUP),
        ("SSM parameter name", names.path, _PARAMETER),
    ):
        if len(value) > most:
            text = f"{value!r}, made from the names of component, stack and project, is too long for a {what}; use up to {most} characters."
            yield Problem(("name",), text)


# The parameters that every stack has and none keeps when it is destroyed, unless the user gives one.
_OF_A_STACK = ("stack", "api-credentials", "cluster-secret")


def conflict_problems(names: Names, parameter_arns: Sequence[str]) -> Problems:
    """Another stack's names that are the same in one word: ``a-b`` and ``c`` as ``a`` and ``b-c``.

    ``parameter_arns`` are the SSM parameters with this cluster's tag. Their paths tell the two apart, what is named by ``Names.flat`` does not.
    """
    for arn in sorted(parameter_arns):
        parent, _, name = ("/" + arn.partition(":parameter/")[2]).rpartition("/")
        if name in _OF_A_STACK and parent != names.path:
            text = (
                f"{names.component!r} in stack {names.stack!r} of project {names.project!r} gives {names.flat!r}, and so does the cluster of the SSM "
                f"parameters in {parent}: each would overwrite the other's dashboard, alarms and task definitions. Use another name or stack name."
            )
            yield Problem(("name",), text)
            return
