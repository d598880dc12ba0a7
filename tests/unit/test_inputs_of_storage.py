"""Inputs of storage and backups that are refused."""

import pytest

from tests.helpers.inputs import Refused, assert_refused

BAD: list[Refused] = [
    # File systems and backups
    ({"storage": {"file_system": "standard"}}, "storage.file_system: 'standard' must be one of:", ["one-zone, regional"]),
    ({"storage": {"throughput_mode": "max"}}, "storage.throughput_mode: 'max' must be one of:", ["elastic, bursting, provisioned"]),
    (
        {"storage": {"throughput_mode": "provisioned"}},
        "storage.provisioned_throughput_mibps: storage.throughput_mode provisioned needs the figure",
        ["elastic"],
    ),
    ({"storage": {"provisioned_throughput_mibps": 8}}, "storage.provisioned_throughput_mibps: is for storage.throughput_mode provisioned", ["elastic"]),
    (
        {"storage": {"throughput_mode": "provisioned", "provisioned_throughput_mibps": 0}},
        "storage.provisioned_throughput_mibps: EFS does not offer 0",
        ["3414"],
    ),
    ({"storage": {"datastore": "badger"}}, "storage.datastore: 'badger' must be one of:", ["flatfs, pebble, s3"]),
    (
        {"storage": {"datastore": "s3"}},
        "nodes.kubo_image: 'ipfs/kubo:v0.43.1' has no s3ds datastore, which storage.datastore s3 needs",
        ["docs/configuration.md"],
    ),
    (
        {"storage": {"datastore": "s3", "existing": {"eu-west-1a": {"file_system_id": "fs-1"}}}, "nodes": {"kubo_image": "own/kubo:1"}},
        "storage.existing['eu-west-1a'].bucket: is required with storage.datastore s3",
        ["the node's blocks"],
    ),
    (
        {"storage": {"existing": {"eu-west-1a": {"file_system_id": "fs-1", "bucket": "b"}}}},
        "storage.existing['eu-west-1a'].bucket: is for blocks in S3",
        ["storage.datastore to s3"],
    ),
    ({"storage": {"unixfs_profile": "v1"}}, "storage.unixfs_profile: 'v1' must be one of:", ["unixfs-v1-2025"]),
    ({"storage": {"transition_to_ia_days": 10}}, "storage.transition_to_ia_days: EFS does not offer 10 days", ["7, 14, 30"]),
    (
        {"storage": {"transition_to_ia_days": 7, "transition_to_archive_days": 90}},
        "storage.transition_to_archive_days: one-zone file systems have no Archive class",
        ["regional"],
    ),
    (
        {"storage": {"file_system": "regional", "throughput_mode": "bursting", "transition_to_ia_days": 7, "transition_to_archive_days": 90}},
        "storage.transition_to_archive_days: the Archive class needs storage.throughput_mode elastic",
        ["bursting"],
    ),
    (
        {"storage": {"file_system": "regional", "transition_to_archive_days": 90}},
        "storage.transition_to_archive_days: a file goes to Infrequent Access first",
        ["transition_to_ia_days"],
    ),
    (
        {"storage": {"file_system": "regional", "transition_to_ia_days": 90, "transition_to_archive_days": 90}},
        "storage.transition_to_archive_days: 90 must be more than storage.transition_to_ia_days, which is 90",
        [],
    ),
    ({"storage": {"existing": {"eu-west-1d": {"file_system_id": "fs-1"}}}}, "storage.existing['eu-west-1d']: there is no such node", ["eu-west-1a"]),
    ({"storage": {"existing": {"eu-west-1a": {}}}}, "storage.existing['eu-west-1a'].file_system_id: is required", ["fs-0123"]),
    ({"storage": {"existing": {"eu-west-1a": {"file_system_id": "mine"}}}}, "storage.existing['eu-west-1a'].file_system_id: 'mine' is not such an ID", ["fs-"]),
    (
        {"storage": {"existing": {"eu-west-1a": {"file_system_id": "fs-1", "kubo_access_point_id": "fsap-1"}}}},
        "storage.existing['eu-west-1a']: kubo_access_point_id and cluster_access_point_id must be given together",
        [],
    ),
    ({"storage": {"existing": {"eu-west-1a": {"file_system_id": "fs-1", "path": "old"}}}}, "storage.existing['eu-west-1a'].path: 'old' is not a directory", []),
    ({"backup": {"nodes": "two"}}, "backup.nodes: 'two' must be one of:", ["none, one, all"]),
    (
        {"backup": {"nodes": "one"}, "swarm": {"mode": "private"}, "pinning": {"replication_min": 1, "replication_max": 2}},
        "backup.nodes: one node does not hold all pins",
        ["all"],
    ),
    ({"backup": {"schedule": "daily"}}, "backup.schedule: 'daily' is not a cron expression", ["cron(0 3 * * ? *)"]),
    ({"backup": {"schedule": "rate(1 day)"}}, "backup.schedule: 'rate(1 day)' is not a cron expression", []),
    ({"backup": {"retention_days": 0}}, "backup.retention_days: 0 is too low", ["none"]),
    ({"backup": {"cold_storage_days": 0}}, "backup.cold_storage_days: 0 is too low", []),
    ({"backup": {"cold_storage_days": 30}}, "backup.retention_days: 35 is too low", ["use 120"]),
    ({"backup": {"pinset_schedule": "daily"}}, "backup.pinset_schedule: 'daily' is not a schedule", ["rate(1 day)", "never"]),
    ({"backup": {"pinset_retention_days": 0}}, "backup.pinset_retention_days: 0 is too low", []),
    ({"backup": {"pinset_image": "amazon/aws-cli"}}, "backup.pinset_image: 'amazon/aws-cli' does not say which version", ["tag"]),
    ({"backup": {"vault_name": "my vault"}}, "backup.vault_name: 'my vault' is not the name of a backup vault", []),
]


@pytest.mark.parametrize("refused", BAD, ids=[start[:70] for _, start, _ in BAD])
def test_bad_input_is_refused(refused: Refused) -> None:
    assert_refused(refused)
