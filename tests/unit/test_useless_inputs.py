"""Inputs that would have no effect are refused, so that no one relies on them."""

from typing import Any

import pytest

from tests.helpers.inputs import problems, resolve

LOAD_BALANCER = {"mode": "load-balancer"}
OFF = {"enabled": False}
USELESS: list[tuple[dict[str, Any], str]] = [
    ({"monitoring": {**OFF, "alarm_emails": ["a@example.com"]}}, "monitoring.alarm_emails: has no effect: monitoring.enabled is false. Leave it out."),
    ({"monitoring": {**OFF, "monthly_budget_usd": 10}}, "monitoring.monthly_budget_usd: has no effect: monitoring.enabled is false. Leave it out."),
    ({"monitoring": {**OFF, "container_insights": "enabled"}}, "monitoring.container_insights: has no effect: monitoring.enabled is false. Leave it out."),
    ({"monitoring": {"metrics": "none", "metrics_image": "a:1"}}, "monitoring.metrics_image: has no effect: monitoring.metrics is none. Leave it out."),
    (
        {"backup": {"pinset_schedule": "never", "pinset_retention_days": 7}},
        "backup.pinset_retention_days: has no effect: backup.pinset_schedule is never. Leave it out.",
    ),
    ({"backup": {"pinset_schedule": "never", "pinset_image": "a:1"}}, "backup.pinset_image: has no effect: backup.pinset_schedule is never. Leave it out."),
    ({"backup": {"nodes": "none", "retention_days": 7}}, "backup.retention_days: has no effect: backup.nodes is none. Leave it out."),
    ({"backup": {"nodes": "none", "vault_name": "mine"}}, "backup.vault_name: has no effect: backup.nodes is none. Leave it out."),
    (
        {"credentials": {"gateway_password_version": 2}},
        "credentials.gateway_password_version: has no effect: gateway.authentication is none. Leave it out.",
    ),
    (
        {"credentials": {"gateway_password_version": 2}, "gateway": {"authentication": "basic", "password": "correct-horse"}},
        "credentials.gateway_password_version: has no effect: gateway.password is the password. Leave it out.",
    ),
    (
        {"credentials": {"pinning_service_password_version": 2}},
        "credentials.pinning_service_password_version: has no effect: api.pinning_service is false. Leave it out.",
    ),
    (
        {"credentials": {"pinning_service_password_version": 2}, "api": {"pinning_service": True, "pinning_service_password": "correct-horse"}},
        "credentials.pinning_service_password_version: has no effect: api.pinning_service_password is the password. Leave it out.",
    ),
    (
        {"credentials": {"api_password_version": 2}, "api": {"password": "correct-horse"}},
        "credentials.api_password_version: has no effect: api.password is the password. Leave it out.",
    ),
    (
        {"credentials": {"api_password_version": 2, "api_credentials_parameter": "/mine"}},
        "credentials.api_password_version: has no effect: credentials.api_credentials_parameter holds the password. Leave it out.",
    ),
    (
        {"credentials": {"cluster_secret_version": 2, "cluster_secret_parameter": "/mine"}},
        "credentials.cluster_secret_version: has no effect: credentials.cluster_secret_parameter holds the secret. Leave it out.",
    ),
    ({"network": {"use_default_vpc": True, "cidr": "10.0.0.0/16"}}, "network.cidr: has no effect: the range is that of the existing VPC. Leave it out."),
    ({"edge": {"gateway_name": "www"}}, "edge.gateway_name: has no effect: there is no edge.domain. Leave it out."),
    ({"edge": {"mode": "none", "api_name": "www"}}, "edge.api_name: has no effect: edge.mode is none. Leave it out."),
    ({"edge": {**LOAD_BALANCER, "price_class": "PriceClass_All"}}, "edge.price_class: has no effect: edge.mode is load-balancer. Leave it out."),
    ({"edge": {**LOAD_BALANCER, "console": True}}, "edge.console: has no effect: edge.mode is load-balancer. Leave it out."),
    ({"edge": {"mode": "none", "console": False}}, "edge.console: has no effect: edge.mode is none. Leave it out."),
]


@pytest.mark.parametrize(("given", "problem"), USELESS, ids=[problem.partition(":")[0] for _, problem in USELESS])
def test_an_input_without_effect_is_refused(given: dict[str, Any], problem: str) -> None:
    assert problems(given) == [problem]


@pytest.mark.parametrize(
    "given",
    [
        {"monitoring": {"enabled": False, "log_retention_days": 7, "kubo_log_level": "info", "cluster_log_level": "debug"}},
        {"credentials": {"gateway_password_version": 2}, "gateway": {"authentication": "basic"}},
        {"credentials": {"pinning_service_password_version": 2}, "api": {"pinning_service": True}},
        {"credentials": {"api_password_version": 2, "cluster_secret_version": 3}},
        {"edge": {"mode": "load-balancer"}, "monitoring": {"metrics": "none"}, "backup": {"nodes": "none", "pinset_schedule": "never"}},
    ],
)
def test_what_has_an_effect_is_taken(given: dict[str, Any]) -> None:
    resolve(given)
