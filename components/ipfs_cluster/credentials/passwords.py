"""Random passwords and user names, by pulumi-random.

Never RandomBytes or RandomId: their value is their ID too, which state and the engine's output show in clear.
"""

import pulumi
import pulumi_random as random

SEED_LENGTH = 64
"""Of what keys are made from: 64 letters and digits are 381 bits of entropy, more than the 256 of a key."""
PASSWORD_LENGTH = 32
"""Of what people log in with."""


def password(name: str, length: int, version: int, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """A password, a secret; a higher ``version`` makes a new one."""
    # Letters and digits only: they need no care in any place that they come to.
    made = random.RandomPassword(name, length=length, special=False, keepers={"version": str(version)}, opts=opts)
    return pulumi.Output.secret(made.result)


def user(name: str, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """A user name."""
    return random.RandomPet(name, length=2, opts=opts).id
