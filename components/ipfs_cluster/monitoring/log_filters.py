"""Pure: what CloudWatch counts in the logs: patterns for the two programs' own words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LogFilter:
    """Lines that are counted."""

    metric: str
    """Name of the metric."""
    containers: tuple[str, ...]
    """In whose logs."""
    pattern: str
    """In CloudWatch's syntax. Both daemons log JSON; what they print before and while they fall is plain text."""
    meaning: str
    value: str = "1"
    """What a line adds: a number, or a field of it."""


FILTERS = (
    # No daemon logs a pin whose content is not found in time: only the metric ipfscluster_pins_pin_error shows it.
    LogFilter(
        "PinErrors", ("ipfs-cluster",), '{ ($.level = "error") && (($.logger = "pintracker") || ($.logger = "ipfshttp")) }', "Pinning by kubo that failed"
    ),
    LogFilter("CrdtErrors", ("ipfs-cluster",), '{ ($.level = "error") && ($.logger = "crdt") }', "Updates of the pinset that failed"),
    LogFilter("LostPeers", ("ipfs-cluster",), '{ ($.logger = "cluster") && ($.msg = "metric alert for ping*") }', "Peers that stopped answering another one"),
    # Without "no auth provided": whatever looks at the address from outside is answered so.
    LogFilter(
        "FailedLogins",
        ("ipfs-cluster",),
        '{ ($.msg = "sending error response: 401: unauthorized: access denied") || ($.msg = "sending error response: 401: unauthorized: invalid token") }',
        "Requests to the APIs with a wrong password or token",
    ),
    LogFilter("LockWaits", ("ipfs", "ipfs-cluster"), '"someone else has the lock"', "Starts that found another task on their data"),
    LogFilter("OutOfMemory", ("ipfs", "ipfs-cluster"), '"out of memory"', "Daemons that got no more memory"),
    LogFilter("MigrationFailures", ("configure",), '"the repository could not be migrated"', "Repositories that could not be migrated"),
)

STARTS = LogFilter("TaskStarts", ("configure",), '[program="configure:", action="starting", node]', "Starts of a node's task")
"""The first line of every task. It has the node as a dimension."""

STARTS_DIMENSION = "Node"

UNMENDED = "Unmended"
"""What a node cannot mend by itself: pins that it lacks in spite of a restart, blocks that no other node has."""
ORPHANED = "PinsOrphaned"
MEASURES = (
    LogFilter(UNMENDED, ("ipfs-cluster",), '{ ($.logger = "keeper") && ($.msg = "compared") }', "Pins that a restart does not bring", "$.unmended"),
    LogFilter(UNMENDED, ("ipfs",), '{ ($.logger = "verifier") && ($.msg = "pins read*") }', "Blocks that no other node has", "$.damaged"),
    LogFilter("PinsDiffering", ("ipfs-cluster",), '{ ($.logger = "keeper") && ($.msg = "compared") }', "Pins that a node lacks or has too many", "$.differing"),
    LogFilter(ORPHANED, ("ipfs-cluster",), '{ ($.logger = "keeper") && ($.msg = "compared") }', "Pins of kubo that are not in the pinset", "$.orphaned"),
)
"""What the keeper and the verifier say, each some minutes or hours (daemons/keeper.sh, daemons/verifier.sh)."""

_SEEN = '{ ($.logger = "regions") && ($.msg = "seen") }'
ONE_SIDED = LogFilter("PinsOneSided", ("ipfs-cluster",), _SEEN, "Pins that miss a Region", "$.one_sided")
OVER_REGIONS = (
    LogFilter("RegionsApart", ("ipfs-cluster",), _SEEN, "Other Regions none of whose nodes a node sees", "$.apart"),
    LogFilter("RegionNodesUnseen", ("ipfs-cluster",), _SEEN, "Nodes of other Regions that a node does not see", "$.unseen"),
    LogFilter("NodesCutOff", ("ipfs-cluster",), _SEEN, "Nodes that ping and do not answer a node", "$.cut"),
    LogFilter("RegionLag", ("ipfs-cluster",), _SEEN, "Age of the oldest recent pin that another Region lacks, in seconds", "$.behind"),
    LogFilter("RegionBytesSent", ("ipfs-cluster",), _SEEN, "Bytes that a node sent to other Regions", "$.sent"),
)
"""What each node says once a minute of the other Regions (daemons/regions.sh), and with copies in each Region ONE_SIDED too."""

EXPORTS = LogFilter("PinsetExports", ("pinset-export",), '"upload:"', "Exports of the pinset")
"""What the AWS CLI says of a file that it has uploaded, in the log group of the export's task."""
