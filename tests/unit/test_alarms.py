"""Which alarms there are, on what, and from when on."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest
from ipfs_cluster.inputs.monitoring import ResolvedMonitoring
from ipfs_cluster.inputs.storage import ResolvedStorage
from ipfs_cluster.monitoring.alarms import Alarm, Series, Watched, alarms

from tests.helpers.watched import watched

ONE, TWO = watched("a"), watched("a", "b")
BALANCER = {"LoadBalancer": "app/lb/1"}
OVER, OVER_OR_AT, UNDER = "GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold"


def alarms_of(what: Watched, **given: Any) -> dict[str, Alarm]:
    """The alarms by key, without their texts."""
    without_texts = [dataclasses.replace(alarm, what="") for alarm in alarms(what, ResolvedMonitoring(**given))]
    assert len({alarm.key for alarm in without_texts}) == len(without_texts)
    return {alarm.key: alarm for alarm in without_texts}


def alarm(key: str, section: str, series: Series | Mapping[str, Series], comparison: str, threshold: float, periods: int, missing: str, **more: Any) -> Alarm:
    return Alarm(
        key=key,
        section=section,
        what="",
        series={"m": series} if isinstance(series, Series) else series,
        comparison=comparison,
        threshold=threshold,
        periods=periods,
        missing=missing,
        **more,
    )


def elb(metric: str, role: str, statistic: str = "Maximum", period: int = 60) -> Series:
    dimensions = {**BALANCER, "TargetGroup": f"targetgroup/{role}/1"} if role else BALANCER
    return Series(namespace="AWS/ApplicationELB", metric=metric, dimensions=dimensions, statistic=statistic, period=period)


def ecs(metric: str, node: str, statistic: str, period: int) -> Series:
    dimensions = {"ClusterName": "ecs-c", "ServiceName": f"ipfs-node-{node}"}
    return Series(namespace="AWS/ECS", metric=metric, dimensions=dimensions, statistic=statistic, period=period)


def efs(metric: str, id_: str, statistic: str, period: int, **dimensions: str) -> Series:
    return Series(namespace="AWS/EFS", metric=metric, dimensions={"FileSystemId": id_, **dimensions}, statistic=statistic, period=period)


def own(metric: str, statistic: str, period: int, **dimensions: str) -> Series:
    return Series(namespace="IpfsCluster/c", metric=metric, dimensions=dimensions, statistic=statistic, period=period)


def cloudfront(metric: str, role: str, statistic: str) -> Series:
    dimensions = {"DistributionId": f"E{role.upper()}", "Region": "Global"}
    return Series(namespace="AWS/CloudFront", metric=metric, dimensions=dimensions, statistic=statistic, period=300)


def of_node(node: str) -> list[Alarm]:
    return [
        alarm(f"node-down-{node}", "nodes-down", ecs("CPUUtilization", node, "SampleCount", 60), UNDER, 1, 15, "breaching", warm_up_minutes=10),
        alarm(f"restarts-{node}", "tasks-restarting", own("TaskStarts", "Sum", 1800, Node=node), OVER_OR_AT, 4, 1, "notBreaching"),
        alarm(f"cpu-{node}", "cpu", ecs("CPUUtilization", node, "Average", 300), OVER, 90, 6, "notBreaching"),
        alarm(f"memory-{node}", "memory", ecs("MemoryUtilization", node, "Maximum", 300), OVER, 90, 3, "notBreaching"),
        alarm(f"io-{node}", "file-systems-io", efs("PercentIOLimit", f"fs-{node}", "Average", 300), OVER, 80, 3, "notBreaching"),
        alarm(
            f"storage-{node}", "storage", efs("StorageBytes", f"fs-{node}", "Average", 900, StorageClass="Total"), OVER, 100 * 1024**3 * 85 // 100, 1, "ignore"
        ),
    ]


def of_role(role: str) -> list[Alarm]:
    rate = {"rate": cloudfront("5xxErrorRate", role, "Average"), "requests": cloudfront("Requests", role, "Sum")}
    return [
        alarm(f"unhealthy-{role}", "nodes-down", elb("UnHealthyHostCount", role), OVER, 0, 15, "notBreaching", of=9),
        alarm(f"all-down-{role}", "all-down", elb("HealthyHostCount", role), UNDER, 1, 2, "breaching", warm_up_minutes=10),
        alarm(f"{role}-errors", "errors", rate, OVER, 5, 3, "notBreaching", expression="IF(requests >= 20, rate, 0)", edge=True),
    ]


def test_all_alarms_of_two_nodes() -> None:
    peers = {
        "seen": own("libp2p_rcmgr_connections", "Minimum", 60, Cluster="c"),
        "nodes": own("libp2p_rcmgr_connections", "SampleCount", 60, Cluster="c"),
    }
    collectors = {"healthy": elb("HealthyHostCount", "api", "Minimum", 300), "samples": own("ipfscluster_pins", "SampleCount", 300, Cluster="c")}
    answers = {
        "own": elb("HTTPCode_ELB_5XX_Count", "", "Sum", 300),
        "nodes": elb("HTTPCode_Target_5XX_Count", "", "Sum", 300),
        "requests": elb("RequestCount", "", "Sum", 300),
    }
    wanted = [
        *of_node("a"),
        *of_node("b"),
        *of_role("gateway"),
        *of_role("api"),
        alarm(
            "collectors",
            "collectors-silent",
            collectors,
            OVER,
            0.5,
            3,
            "breaching",
            expression="healthy - FILL(samples, 0) / 5",
            warm_up_minutes=10,
        ),
        alarm("peers", "peers-do-not-see-each-other", peers, OVER, 0, 15, "notBreaching", expression="nodes - 1 - seen", of=13),
        alarm("pin-errors", "pin-errors", own("ipfscluster_pins_pin_error", "Maximum", 300, Cluster="c"), OVER, 0, 4, "notBreaching"),
        alarm("unmended", "what-a-node-cannot-mend", own("Unmended", "Maximum", 3600), OVER, 0, 2, "notBreaching", of=1),
        alarm("failed-logins", "failed-logins", own("FailedLogins", "Sum", 300), OVER_OR_AT, 50, 1, "notBreaching"),
        alarm("pinset-export", "backups-that-fail", own("PinsetExports", "Sum", 3600), UNDER, 1, 48, "breaching", warm_up_minutes=48 * 60),
        alarm(
            "load-balancer-errors",
            "errors",
            answers,
            OVER,
            5,
            3,
            "notBreaching",
            expression="IF(requests >= 20, 100 * (FILL(own, 0) + FILL(nodes, 0)) / requests, 0)",
        ),
    ]
    assert alarms_of(TWO) == {one.key: one for one in wanted}


def test_every_threshold_is_an_input() -> None:
    given = {
        "node_alarm_minutes": 3,
        "cpu_alarm_percent": 71,
        "memory_alarm_percent": 72,
        "storage_alarm_percent": 50,
        "io_alarm_percent": 73,
        "error_alarm_percent": 2,
        "failed_login_alarm_count": 7,
        "restart_alarm_count": 9,
        "certificate_alarm_days": 40,
    }
    what = dataclasses.replace(TWO, certificates={"us-east-1": "arn:edge", "eu-west-1": "arn:regional"}, storage=ResolvedStorage(max_gib=10))
    by_key = alarms_of(what, **given)
    assert {key: by_key[key].periods for key in ("node-down-a", "unhealthy-api", "peers", "all-down-api")} == {
        "node-down-a": 3,
        "unhealthy-api": 3,
        "peers": 3,
        "all-down-api": 2,
    }
    assert (by_key["unhealthy-api"].of, by_key["peers"].of) == (2, 3)
    thresholds = {
        "cpu-a": 71,
        "memory-b": 72,
        "storage-a": 10 * 1024**3 // 2,
        "io-a": 73,
        "load-balancer-errors": 2,
        "gateway-errors": 2,
        "failed-logins": 7,
        "restarts-b": 9,
        "certificate-us-east-1": 40,
        "certificate-eu-west-1": 40,
    }
    assert {key: by_key[key].threshold for key in thresholds} == thresholds


@pytest.mark.parametrize("nodes", ["a", "ab"])
def test_those_who_follow_are_watched_for_whom_they_follow(nodes: str) -> None:
    """They do not see each other, however many they are."""
    seen = own("libp2p_rcmgr_connections", "Minimum", 60, Cluster="c")
    found, usual = alarms_of(watched(*nodes, read_only=True)), alarms_of(watched(*nodes))
    assert found["followed"] == alarm("followed", "nothing-comes-from-the-followed-cluster", seen, UNDER, 1, 15, "notBreaching")
    assert found.keys() ^ usual.keys() == {"followed", *(["peers"] if len(nodes) > 1 else [])}


def test_what_an_alarm_says_has_its_numbers() -> None:
    said = {one.key: one.what for one in alarms(TWO, ResolvedMonitoring(node_alarm_minutes=7, cpu_alarm_percent=71, failed_login_alarm_count=11))}
    for key, words in {
        "node-down-a": ["node a", "7 minutes"],
        "unhealthy-api": ["api", "5 of 7 minutes"],
        "peers": ["6 of 7 minutes"],
        "cpu-b": ["node b", "71 percent", "30 minutes"],
        "memory-b": ["node b", "90 percent", "15 minutes"],
        "failed-logins": ["11 requests"],
        "restarts-a": ["node a", "4 times"],
        "pinset-export": ["48 hours"],
    }.items():
        assert [word for word in words if word not in said[key]] == [], key
    assert not any(text.endswith(".") for text in said.values()), "they stand within a sentence"


def test_the_only_node_may_restart_and_has_no_peers() -> None:
    by_key = alarms_of(ONE)
    assert by_key["all-down-gateway"].periods == 15
    assert "peers" not in by_key
    assert "collectors" in by_key


@pytest.mark.parametrize("metrics", ["none", "prometheus"])
def test_without_collectors_to_cloudwatch_nothing_waits_for_them(metrics: str) -> None:
    by_key = alarms_of(TWO, metrics=metrics)
    assert not {"collectors", "peers"} & by_key.keys()
    assert by_key["pin-errors"].series == {"m": own("PinErrors", "Sum", 300)}, "by the logs"


def test_without_a_load_balancer() -> None:
    by_key = alarms_of(dataclasses.replace(TWO, load_balancer=None, target_groups={}, distributions={}))
    assert not [key for key in by_key if key.endswith(("-gateway", "-api", "-errors")) and key != "pin-errors"]
    silent = alarm("collectors", "collectors-silent", own("ipfscluster_pins", "SampleCount", 300, Cluster="c"), UNDER, 1, 3, "breaching", warm_up_minutes=10)
    assert by_key["collectors"] == silent


def test_bursting_throughput_has_credits_in_place_of_a_limit() -> None:
    by_key = alarms_of(dataclasses.replace(ONE, storage=ResolvedStorage(throughput_mode="bursting")))
    assert "io-a" not in by_key
    credits_ = efs("BurstCreditBalance", "fs-a", "Minimum", 300)
    assert by_key["burst-credits-a"] == alarm("burst-credits-a", "file-systems-io", credits_, UNDER, 100 * 1024**2 * 3600, 3, "notBreaching")


def test_blocks_in_s3_take_no_room_of_a_file_system() -> None:
    assert "storage-a" not in alarms_of(dataclasses.replace(ONE, storage=ResolvedStorage(datastore="s3")))


def test_a_file_system_of_all_nodes_has_the_room_of_all() -> None:
    by_key = alarms_of(dataclasses.replace(TWO, file_systems={"all": "fs-all"}))
    assert by_key["storage-all"].threshold == 2 * 100 * 1024**3 * 85 // 100
    mixed = alarms_of(dataclasses.replace(watched("a", "b", "c"), file_systems={"all": "fs-all", "c": "fs-c"}))
    assert mixed["storage-all"].threshold == 2 * 100 * 1024**3 * 85 // 100, "of a and b"
    assert mixed["storage-c"].threshold == 100 * 1024**3 * 85 // 100


def test_certificates_are_watched_where_they_are() -> None:
    by_key = alarms_of(dataclasses.replace(ONE, certificates={"us-east-1": "arn:edge", "eu-west-1": "arn:regional"}))
    for region, arn, edge in (("us-east-1", "arn:edge", True), ("eu-west-1", "arn:regional", False)):
        left = Series(namespace="AWS/CertificateManager", metric="DaysToExpiry", dimensions={"CertificateArn": arn}, statistic="Minimum", period=86400)
        assert by_key[f"certificate-{region}"] == alarm(f"certificate-{region}", "certificates", left, UNDER, 21, 1, "ignore", edge=edge)


@pytest.mark.parametrize(
    ("schedule", "hours"),
    [
        ("rate(1 day)", 48),
        ("rate(30 minutes)", 3),
        ("rate(6 hours)", 12),
        ("rate(2 hours)", 4),
        ("cron(0 4 * * ? *)", 48),
        ("rate(2 days)", 0),
        ("cron(0 4 ? * MON *)", 0),
        ("cron(0 4 1 * ? *)", 0),
        ("", 0),
    ],
)
def test_the_export_is_waited_for_two_rounds(schedule: str, hours: int) -> None:
    by_key = alarms_of(dataclasses.replace(ONE, pinset_schedule=schedule))
    assert [(one.periods, one.warm_up_minutes) for key, one in by_key.items() if key == "pinset-export"] == ([(hours, hours * 60)] if hours else [])


def test_no_alarm_has_the_number_of_nodes_in_it_but_that_for_the_storage_of_all() -> None:
    """One that had would ring when nodes are added: its update looks back at a time when they were not there yet."""
    few, many = alarms_of(watched("a", "b", "c")), alarms_of(watched("a", "b", "c", "d", "e"))
    assert {key for key in few if few[key] != many[key]} == set()


def test_only_with_other_regions_there_are_alarms_on_them() -> None:
    def over_regions(metric: str, period: int) -> Series:
        return own(metric, "Maximum", period)

    before = alarms_of(TWO)
    several = alarms_of(dataclasses.replace(TWO, other_regions=True))
    spread = alarms_of(dataclasses.replace(TWO, other_regions=True, copies_in_each=True))
    wanted = [
        alarm("region-apart", "a-region-is-not-seen", over_regions("RegionsApart", 60), OVER, 0, 20, "notBreaching", of=17),
        alarm("cut-off", "peers-do-not-see-each-other", over_regions("NodesCutOff", 60), OVER, 0, 15, "notBreaching", of=13),
        alarm("region-behind", "a-region-is-behind", over_regions("RegionLag", 300), OVER, 300, 3, "notBreaching"),
    ]
    assert several == {**before, **{one.key: one for one in wanted}}
    one_sided = alarm("one-sided", "pins-that-miss-a-region", over_regions("PinsOneSided", 300), OVER, 0, 12, "notBreaching")
    assert spread == {**several, "one-sided": one_sided}
    assert alarms_of(dataclasses.replace(TWO, copies_in_each=True)) == before
