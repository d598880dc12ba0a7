"""A simulated AWS account: Pulumi mocks that create the program's resources in moto.

Each AWS service has a module with a function for each resource type and look-up that the program uses. If moto lacks a resource type, the account
only stores its properties. A type, look-up or property that no module knows is an error.
"""

# Each module registers its types and look-ups.
from . import (  # noqa: F401
    acm,
    backup,
    budgets,
    cloudfront,
    cloudwatch,
    cognito,
    ec2,
    ecs,
    efs,
    elb,
    events,
    iam,
    lambda_functions,
    logs,
    pulumi_random,
    regions,
    route53,
    s3,
    scheduler,
    servicediscovery,
    sns,
    ssm,
)
from .account import Account, Made
from .errors import NotInAccountError, UnknownToSandboxError, UnreadPropertyError
from .randomness import Randomness
from .registry import REGISTRY
from .values import plain

__all__ = ["KNOWN_TYPES", "Account", "Made", "NotInAccountError", "Randomness", "UnknownToSandboxError", "UnreadPropertyError", "plain"]

KNOWN_TYPES = frozenset(type_ for type_ in REGISTRY.types() if type_.startswith("aws:"))
"""All resource types of AWS that the program may register."""
