"""All probes, in the order in which they run."""

from ..results import Probe
from . import backup, data, deployment, edge, experiments, expiry, nodes, removal, watching

_watching = {probe.name: probe for probe in watching.PROBES}

PROBES: tuple[Probe, ...] = (
    *deployment.PROBES,
    _watching["idle"],
    *data.PROBES,
    *experiments.PROBES,
    *edge.PROBES,
    *nodes.PROBES,
    *backup.PROBES,
    _watching["memory"],
    *data.LATER,
    _watching["monitoring"],
    _watching["trail"],
    expiry.BEGIN,
    *removal.PROBES,
    expiry.END,
)
