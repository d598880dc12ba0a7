"""pulumi-random: passwords and names of a stack."""

import secrets
import string

from .aws import Aws
from .errors import UnknownToSandboxError
from .registry import creates
from .values import Created, Inputs

_PET_WORDS = ("amber", "brisk", "calm", "deft", "eager", "fair", "glad", "keen", "lively", "mellow", "noble", "quick", "spry", "vivid"), (
    "badger", "crane", "dingo", "egret", "finch", "gecko", "heron", "ibis", "lynx", "marten", "otter", "pika", "robin", "swift",
)  # fmt: skip


@creates("random:index/randomPassword:RandomPassword", reads=("keepers", "length", "special"))
def _password(aws: Aws, name: str, inputs: Inputs) -> Created:
    def generate() -> str:
        return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(inputs["length"]))

    if inputs.get("special", True):
        raise UnknownToSandboxError(f"the sandbox generates passwords of letters and digits only ({name})")
    return "none", {"result": aws.randomness.value(f"RandomPassword {name}", inputs, generate)}


@creates("random:index/randomPet:RandomPet", reads=("length",))
def _pet(aws: Aws, name: str, inputs: Inputs) -> Created:
    def generate() -> str:
        adjectives, animals = _PET_WORDS
        return "-".join([*(secrets.choice(adjectives) for _ in range(inputs["length"] - 1)), secrets.choice(animals)])

    return aws.randomness.value(f"RandomPet {name}", inputs, generate), {}
