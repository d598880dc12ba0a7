"""The two CloudFront distributions: the gateway, cached; the REST API, passed through."""

import hashlib
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws

from ..context import ClusterContext
from ..inputs import checks
from ..inputs.edge import ResolvedEdge, web_acl_problem
from ..inputs.problems import path
from .console import Console
from .load_balancer import LoadBalancer
from .plan import API, CACHE_KEY_HEADERS, CACHE_KEY_QUERY_STRINGS, GATEWAY, ORIGIN_SECRET_HEADER, PINNING, PINNING_PATH, Endpoint, Plan
from .readers import Readers, gateway_code, gateway_function, source

# Policies that AWS manages (CloudFront Developer Guide, "Use managed … policies").
_CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
_ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
_HOST_HEADER_ONLY = "bf0718e1-ba1e-49d1-88b1-f726733018ae"
_SECURITY_HEADERS = "67f7725c-6f97-4210-82d7-5512b31e9d03"

_READ_TIMEOUT_SECONDS = 120  # the most that CloudFront has without a raised quota; it counts silence, not the whole answer
_KEEPALIVE_SECONDS = 60  # less than the load balancer's idle timeout, so that no connection is used that it has just closed
# A retry goes to another node at once, and what is missing now may be pinned in a moment.
_BRIEF_ERRORS: Any = [
    {"error_code": 404, "error_caching_min_ttl": 5},
    *({"error_code": code, "error_caching_min_ttl": 0} for code in (500, 502, 503, 504)),
]
_DAY_SECONDS = 24 * 60 * 60


class Distributions(pulumi.ComponentResource):
    """CloudFront in front of the load balancer."""

    def __init__(
        self,
        name: str,
        *,
        inputs: ResolvedEdge,
        plan: Plan,
        load_balancer: LoadBalancer,
        certificate_arn: pulumi.Output[str] | None,
        origin_secret: pulumi.Output[str] | None,
        readers: Readers | None,
        console: Callable[..., Console],
        context: ClusterContext,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """``console`` makes the console, where there is one, from its name, the gateway's URL and the options of a child."""
        super().__init__("ipfs-cluster:index:Distributions", name, {}, opts)
        self._name, self._inputs, self._plan, self._load_balancer = name, inputs, plan, load_balancer
        self._certificate_arn, self._origin_secret, self._context = certificate_arn, origin_secret, context
        self._own = pulumi.ResourceOptions(parent=self)

        self.gateway: aws.cloudfront.Distribution = self._distribution(
            GATEWAY, plan.gateway_hosts, [self._origin(GATEWAY)], self._gateway_behavior(readers), errors=_BRIEF_ERRORS
        )
        """The gateway's distribution."""
        self.gateway_url: pulumi.Output[str] = pulumi.Output.concat("https://", plan.gateway_host or self.gateway.domain_name)
        """Where readers find it."""
        origins, paths = [self._origin(API)], []
        if plan.pinning_service:
            origins.append(self._origin(PINNING))
            path = aws.cloudfront.Function(
                f"{name}-pinning-path",
                runtime="cloudfront-js-2.0",
                code=source("pinning-path.js"),
                comment="Takes /pinning off for the Pinning Service API",
                publish=True,
                tags=self._context.tags.named(f"{name}-pinning-path"),
                opts=self._own,
            )
            function = {"event_type": "viewer-request", "function_arn": path.arn}
            paths.append({"path_pattern": f"{PINNING_PATH}/*", **_api_behavior(PINNING), "function_associations": [function]})
        page = console(f"{name}-console", gateway_url=self.gateway_url, opts=self._own) if plan.console else None
        if page:
            origins.append(page.origin)
            paths += page.behaviors
        self.api: aws.cloudfront.Distribution = self._distribution(API, [plan.api_host] if plan.api_host else [], origins, _api_behavior(API), paths or None)
        """The REST API's distribution."""
        if page:
            page.admit(self.api.arn)
        self.register_outputs({})

    def _distribution(
        self,
        endpoint: Endpoint,
        hosts: list[str],
        origins: Any,
        behavior: Any,
        paths: Any = None,
        *,
        errors: Any = None,
    ) -> aws.cloudfront.Distribution:
        inputs, name = self._inputs, f"{self._name}-{endpoint.role}"
        countries = list(inputs.allowed_countries or inputs.blocked_countries)
        kind = "whitelist" if inputs.allowed_countries else "blacklist" if countries else "none"
        web_acl: pulumi.Input[str] | None = getattr(inputs, f"{endpoint.role}_web_acl_arn")
        where = path("edge", f"{endpoint.role}_web_acl_arn")
        restrictions: Any = {"geo_restriction": {"restriction_type": kind, **({"locations": countries} if countries else {})}}
        certificate: Any = {"cloudfront_default_certificate": True}
        if self._certificate_arn is not None:
            certificate = {"acm_certificate_arn": self._certificate_arn, "minimum_protocol_version": "TLSv1.2_2021", "ssl_support_method": "sni-only"}
        return aws.cloudfront.Distribution(
            name,
            enabled=True,
            comment=f"{endpoint.role} of the IPFS cluster {self._name.removesuffix('-edge')}",
            aliases=hosts or None,
            http_version="http2and3",
            is_ipv6_enabled=True,
            price_class=inputs.price_class,
            origins=origins,
            default_cache_behavior=behavior,
            ordered_cache_behaviors=paths,
            custom_error_responses=errors,
            restrictions=restrictions,
            viewer_certificate=certificate,
            web_acl_id=None if web_acl is None else checks.later(self._context.spelling, where, web_acl, web_acl_problem),
            tags=self._context.tags.named(name),
            opts=self._own,
        )

    def _origin(self, endpoint: Endpoint) -> dict[str, Any]:
        balancer, plan = self._load_balancer.balancer, self._plan
        common: dict[str, Any] = {"origin_id": endpoint.role, "domain_name": balancer.dns_name}
        if endpoint is not GATEWAY:
            # By default CloudFront sends a GET that is silent for the whole timeout again, twice ("Connection attempts" in its guide).
            common["connection_attempts"] = 1
        if self._origin_secret is not None:
            common["custom_headers"] = [{"name": ORIGIN_SECRET_HEADER, "value": self._origin_secret}]
        timeouts = {"origin_read_timeout": _READ_TIMEOUT_SECONDS, "origin_keepalive_timeout": _KEEPALIVE_SECONDS}
        if not plan.internal:
            ports = {"http_port": 80, "https_port": endpoint.port(plan.https)}
            return {**common, "custom_origin_config": {"origin_protocol_policy": "https-only", **ports, "origin_ssl_protocols": ["TLSv1.2"], **timeouts}}
        policy = "https-only" if plan.https else "http-only"
        port = endpoint.port(plan.https)
        name = f"{self._name}-{endpoint.role}-origin"
        origin = aws.cloudfront.VpcOrigin(
            name,
            vpc_origin_endpoint_config={
                # One that is in use cannot be changed: it is replaced, under another name, before the old one goes.
                "name": balancer.arn.apply(lambda arn: f"{name}-{hashlib.sha256(f'{arn} {policy} {port}'.encode()).hexdigest()[:8]}"),
                "arn": balancer.arn,
                "http_port": 80 if plan.https else port,
                "https_port": port if plan.https else 443,
                "origin_protocol_policy": policy,
                "origin_ssl_protocols": {"items": ["TLSv1.2"], "quantity": 1},
            },
            # AWS says that it takes up to 15 minutes, which is the provider's patience too.
            timeouts={"create": "30m", "update": "30m", "delete": "30m"},
            tags=self._context.tags.named(name),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[self._load_balancer.listeners[endpoint.role]],
                ignore_changes=["tags", "tagsAll"],
                replace_on_changes=["vpcOriginEndpointConfig"],
            ),
        )
        return {**common, "vpc_origin_config": {"vpc_origin_id": origin.id, **timeouts}}

    def _gateway_behavior(self, readers: Readers | None) -> dict[str, Any]:
        plan, name = self._plan, f"{self._name}-gateway"
        # What is answered by Host must have it in the key: one site would be served as another.
        headers = [*CACHE_KEY_HEADERS, *(["Host"] if plan.answers_by_host else [])]
        cache = aws.cloudfront.CachePolicy(
            name,
            comment="Answers of kubo's gateway, by all that changes them",
            # Kubo says how long: /ipfs/ forever, /ipns/ as the record says. A minute is for answers without a lifetime.
            min_ttl=0,
            default_ttl=60,
            max_ttl=365 * _DAY_SECONDS,
            parameters_in_cache_key_and_forwarded_to_origin={
                "enable_accept_encoding_brotli": True,
                "enable_accept_encoding_gzip": True,
                "cookies_config": {"cookie_behavior": "none"},
                "headers_config": {"header_behavior": "whitelist", "headers": {"items": headers}},
                "query_strings_config": {"query_string_behavior": "whitelist", "query_strings": {"items": list(CACHE_KEY_QUERY_STRINGS)}},
            },
            opts=self._own,
        )
        security = aws.cloudfront.ResponseHeadersPolicy(
            name,
            comment="HTTPS ever after. Nothing about frames, scripts and types: sites in IPFS have their own ways",
            security_headers_config={
                "strict_transport_security": {
                    "access_control_max_age_sec": 365 * _DAY_SECONDS,
                    "include_subdomains": False,
                    "override": False,
                    "preload": False,
                },
                "referrer_policy": {"referrer_policy": "strict-origin-when-cross-origin", "override": False},
            },
            opts=self._own,
        )
        return {
            "target_origin_id": "gateway",
            "viewer_protocol_policy": "redirect-to-https",
            "allowed_methods": ["GET", "HEAD", "OPTIONS"],
            "cached_methods": ["GET", "HEAD"],
            "compress": True,
            "cache_policy_id": cache.id,
            # The origin's certificate is for the viewer's Host, so that header must be forwarded.
            **({"origin_request_policy_id": _HOST_HEADER_ONLY} if plan.https and not plan.answers_by_host else {}),
            "response_headers_policy_id": security.id,
            **(readers.associations if readers else gateway_function(name, gateway_code(own_names=plan.names_beside_websites), self._context.tags, self._own)),
        }


def _api_behavior(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "target_origin_id": endpoint.role,
        "viewer_protocol_policy": "https-only",
        "allowed_methods": ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"],
        "cached_methods": ["GET", "HEAD"],
        "compress": False,
        "cache_policy_id": _CACHING_DISABLED,
        "origin_request_policy_id": _ALL_VIEWER,
        "response_headers_policy_id": _SECURITY_HEADERS,
    }
