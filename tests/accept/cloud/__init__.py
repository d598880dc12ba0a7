"""An account for the kit. What the kit asks is held against botocore's models, and answered from the stand-in provider's world."""

from tests.accept.cloud.base import error
from tests.accept.cloud.ecs import Ecs
from tests.accept.cloud.edge import Edge
from tests.accept.cloud.identity import Identity
from tests.accept.cloud.monitoring import Monitoring
from tests.accept.cloud.storage import Storage

__all__ = ["Cloud", "error"]


class Cloud(Identity, Ecs, Storage, Monitoring, Edge):
    """The account, with a method for each operation of AWS that the kit uses."""
