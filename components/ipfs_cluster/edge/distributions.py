"""The two CloudFront distributions: the gateway, cached; the REST API, passed through."""

from collections.abc import Callable, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from ..context import ClusterContext
from ..inputs import checks
from ..inputs.edge import ResolvedEdge, web_acl_problem
from ..inputs.problems import path
from .console import Console
from .plan import API, CACHE_KEY_HEADERS, CACHE_KEY_QUERY_STRINGS, GATEWAY, PINNING, PINNING_PATH, Endpoint, Plan
from .readers import Readers, gateway_code, gateway_function
from .routes import UNCHANGED
from .routing import Routing
from .sources import source

# Policies that AWS manages (CloudFront Developer Guide, "Use managed … policies").
_CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
_ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
_HOST_HEADER_ONLY = "bf0718e1-ba1e-49d1-88b1-f726733018ae"
_SECURITY_HEADERS = "67f7725c-6f97-4210-82d7-5512b31e9d03"

# A retry goes to another node at once, and what is missing now may be pinned in a moment.
_BRIEF_ERRORS: Any = [
    {"error_code": 404, "error_caching_min_ttl": 5},
    *({"error_code": code, "error_caching_min_ttl": 0} for code in (500, 502, 503, 504)),
]
_DAY_SECONDS = 24 * 60 * 60


class Distributions(pulumi.ComponentResource):
    """CloudFront in front of a load balancer, or of those of several Regions."""

    def __init__(
        self,
        name: str,
        *,
        inputs: ResolvedEdge,
        plan: Plan,
        origins: Callable[[Endpoint, pulumi.Resource], Sequence[Any]],
        certificate_arn: pulumi.Output[str] | None,
        readers: Readers | None,
        console: Callable[..., Console],
        context: ClusterContext,
        routing: Routing | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """``origins`` gives the origins of an endpoint, from it and the parent of what it makes. ``console`` makes the console, where there is one,
        from its name, the gateway's URL and the options of a child. With ``routing`` requests go to one of several Regions.
        """
        super().__init__("ipfs-cluster:index:Distributions", name, {}, opts)
        self._name, self._inputs, self._plan, self._routing = name, inputs, plan, routing
        self._certificate_arn, self._context = certificate_arn, context
        self._own = pulumi.ResourceOptions(parent=self)

        self.gateway: aws.cloudfront.Distribution = self._distribution(
            GATEWAY, plan.gateway_hosts, [*origins(GATEWAY, self)], self._gateway_behavior(readers), errors=_BRIEF_ERRORS
        )
        """The gateway's distribution."""
        self.gateway_url: pulumi.Output[str] = pulumi.Output.concat("https://", plan.gateway_host or self.gateway.domain_name)
        """Where readers find it."""
        behind, paths = [*origins(API, self)], []
        if plan.pinning_service:
            behind += origins(PINNING, self)
            associations = self._function("pinning-path", PINNING, source("pinning-path.js"), "Takes /pinning off for the Pinning Service API")
            paths.append({"path_pattern": f"{PINNING_PATH}/*", **self._api_behavior(PINNING), **associations})
        behavior = self._api_behavior(API)
        if routing:
            behavior |= self._function("api", API, UNCHANGED, "Chooses the Region of a request to the REST API")
        page = console(f"{name}-console", gateway_url=self.gateway_url, opts=self._own) if plan.console else None
        if page:
            behind.append(page.origin)
            paths += page.behaviors
        self.api: aws.cloudfront.Distribution = self._distribution(API, plan.api_hosts, behind, behavior, paths or None)
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
        group: Any = self._routing.group(endpoint) if self._routing else None
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
            origin_groups=[group] if group else None,
            default_cache_behavior=behavior,
            ordered_cache_behaviors=paths,
            custom_error_responses=errors,
            restrictions=restrictions,
            viewer_certificate=certificate,
            web_acl_id=None if web_acl is None else checks.later(self._context.spelling, where, web_acl, web_acl_problem),
            tags=self._context.tags.named(name),
            opts=self._own,
        )

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
            "target_origin_id": self._target(GATEWAY),
            "viewer_protocol_policy": "redirect-to-https",
            "allowed_methods": ["GET", "HEAD", "OPTIONS"],
            "cached_methods": ["GET", "HEAD"],
            "compress": True,
            "cache_policy_id": cache.id,
            # The origin's certificate is for the viewer's Host, so that header must be forwarded.
            **({} if plan.answers_by_host else self._host_policy()),
            "response_headers_policy_id": security.id,
            **(readers.associations if readers else self._everyone()),
        }

    def _host_policy(self) -> dict[str, Any]:
        if self._routing:
            return {"origin_request_policy_id": self._routing.forwards_host.apply(lambda forwards: _HOST_HEADER_ONLY if forwards else None)}
        return {"origin_request_policy_id": _HOST_HEADER_ONLY} if self._plan.https else {}

    def _everyone(self) -> dict[str, Any]:
        """The gateway's function where it asks readers for nothing."""
        own = gateway_code(own_names=self._plan.names_beside_websites)
        return gateway_function(f"{self._name}-gateway", own, self._routing, self._context.tags, self._own)

    def _target(self, endpoint: Endpoint) -> str:
        return self._routing.target(endpoint) if self._routing else endpoint.role

    def _function(self, what: str, endpoint: Endpoint, own: str, comment: str) -> dict[str, Any]:
        """Makes a CloudFront Function. Gives what a cache behavior says to run it before each answer."""
        routing, name = self._routing, f"{self._name}-{what}"
        function = aws.cloudfront.Function(
            name,
            runtime="cloudfront-js-2.0",
            code=routing.code(endpoint, own) if routing else own,
            comment=comment,
            publish=True,
            key_value_store_associations=[routing.store_arn] if routing else None,
            tags=self._context.tags.named(name),
            opts=self._own,
        )
        return {"function_associations": [{"event_type": "viewer-request", "function_arn": function.arn}]}

    def _api_behavior(self, endpoint: Endpoint) -> dict[str, Any]:
        return {
            "target_origin_id": self._target(endpoint),
            "viewer_protocol_policy": "https-only",
            "allowed_methods": ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"],
            "cached_methods": ["GET", "HEAD"],
            "compress": False,
            "cache_policy_id": _CACHING_DISABLED,
            "origin_request_policy_id": _ALL_VIEWER,
            "response_headers_policy_id": _SECURITY_HEADERS,
        }
