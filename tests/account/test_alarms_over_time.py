"""When alarms ring, minute by minute, and when they must not."""

import pytest

from tests.helpers.alarm_simulation.evaluation import evaluate
from tests.helpers.alarm_simulation.metric_math import calculate
from tests.helpers.alarm_simulation.registered import Alarm, Series
from tests.helpers.alarm_simulation.scenarios import SCENARIOS, export_ends, first_deployment
from tests.helpers.alarm_simulation.world import BRISK, SLOW

# What must ring, each with the minutes that it may take; all other alarms must be quiet.
RINGS: dict[str, dict[str, int]] = {
    # ECS tries a new version three times, then goes back: four starts.
    "a failed update": {"restarts-eu-west-1a": 12},
    "one node lost": {"node-down-eu-west-1b": 20},
    "all nodes lost": {**{f"all-down-{role}": 6 for role in ("gateway", "api")}, **{f"node-down-eu-west-1{zone}": 20 for zone in "abc"}},
    "all nodes lost, no load balancer": {**{f"node-down-eu-west-1{zone}": 20 for zone in "abc"}, "all-down": 20, "collectors": 30},
    "a node's API hangs, until the service's grace period has passed": {"unhealthy-api": 20, "peers": 30},
    "a node's API hangs, until the container is unhealthy": {"unhealthy-api": 20, "restarts-eu-west-1b": 40},
    "a node sees no other": {"peers": 20},
    "one collector silent": {"collectors": 20},
    "all collectors silent": {"collectors": 20},
    "another Region is lost": {"region-apart": 25},
    "the link to another Region fails for half an hour": {"region-apart": 25},
    "a node gets no answer from one that runs": {"cut-off": 20},
    "another Region is ten minutes behind": {"region-behind": 20},
    "pins miss a Region, and stay so": {"one-sided": 70},
    "a tenth of 5xx": {f"{what}-errors": 20 for what in ("load-balancer", "gateway", "api")},
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_rings_and_what_is_quiet(name: str) -> None:
    found, wanted = SCENARIOS[name]().after(), RINGS.get(name, {})
    assert found.keys() == wanted.keys()
    assert {alarm: minutes for alarm, minutes in found.items() if minutes > wanted[alarm]} == {}


def test_an_export_that_fails_rings_after_two_rounds() -> None:
    (minutes,) = export_ends().values()
    assert 48 <= minutes / 60 <= 52


def test_alarms_are_made_and_changed_after_all_nodes_are_there() -> None:
    (up,) = first_deployment(3, BRISK).ups
    assert {alarm.waits_for for alarm in up.alarms} == {frozenset(up.ready)}


def test_an_update_may_restart_nodes_as_slowly_as_their_limits_allow() -> None:
    """What the default of monitoring.node_alarm_minutes is made of."""
    restart = SLOW.drain + SLOW.stop + SLOW.provision + SLOW.kubo + SLOW.cluster + SLOW.healthy
    (up,) = first_deployment(3, BRISK).ups
    minutes = next(alarm.periods for alarm in up.alarms if alarm.name.startswith("node-down-"))
    assert restart <= minutes * 60 < restart + 60
    assert BRISK.drain == SLOW.drain == 15


# --- the simulation itself: what AWS's documents show -----------------------------------------------------------------


def alarm(periods: int, enough: int, missing: str) -> Alarm:
    series = Series("m", "", "n", "Sum", 60)
    return Alarm("a", {"m": series}, "m", "GreaterThanThreshold", 0, periods, enough, missing, 0, frozenset())


@pytest.mark.parametrize(
    ("shown", "enough", "ignore", "breaching", "not_breaching"),
    [
        # "How alarm state is evaluated when data is missing": 3 of 3, then 2 of 3; X is bad, the latest is the last.
        ("0-X-X", 3, "OK", "OK", "OK"),
        ("0----", 3, "OK", "OK", "OK"),
        ("-----", 3, "as it was", "ALARM", "OK"),
        ("0XX-X", 3, "ALARM", "ALARM", "ALARM"),
        ("----X", 3, "as it was", "ALARM", "OK"),
        ("0-X-X", 2, "ALARM", "ALARM", "ALARM"),
        ("00X0X", 2, "ALARM", "ALARM", "ALARM"),
        ("0-X--", 2, "OK", "ALARM", "OK"),
        ("----0", 2, "OK", "ALARM", "OK"),
        ("----X", 2, "as it was", "ALARM", "OK"),
    ],
)
def test_missing_data_is_taken_as_aws_says(shown: str, enough: int, ignore: str, breaching: str, not_breaching: str) -> None:
    points = [{"0": 0.0, "X": 1.0, "-": None}[sign] for sign in reversed(shown)]
    found = [evaluate(alarm(3, enough, missing), points, "as it was") for missing in ("ignore", "breaching", "notBreaching")]
    assert found == [ignore, breaching, not_breaching]


@pytest.mark.parametrize(
    ("expression", "values", "result"),
    [
        # "Using IF expressions" and "Basic arithmetic functions".
        ("IF(a, b, c)", {"a": 1.0, "b": 30.0, "c": 0.0}, 30),
        ("IF(a, b, c)", {"a": 1.0, "b": None, "c": 0.0}, 0),
        ("IF(a, b, c)", {"a": 0.0, "b": 0.0, "c": None}, None),
        ("IF(a, b, c)", {"a": None, "b": 30.0, "c": 20.0}, None),
        ("IF(a >= 20, 5, 0)", {"a": None}, None),
        ("a + b", {"a": 3.0, "b": None}, 3),
        ("a + b", {"a": None, "b": None}, None),
        ("a / b", {"a": 3.0, "b": 0.0}, None),
        ("FILL(a, 0) * 2", {"a": None}, 0),
    ],
)
def test_metric_math_is_as_aws_says(expression: str, values: dict[str, float | None], result: float | None) -> None:
    assert calculate(expression, values) == result
