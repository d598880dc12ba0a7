"""The console: a page in a bucket of its own, which the REST API's distribution alone can read."""

from typing import Any

import pulumi
import pulumi_aws as aws

from .. import permissions
from ..context import ClusterContext
from ..storage.buckets import bucket_policy, unopened_bucket
from . import page
from .sources import source

_CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"  # CloudFront Developer Guide, "Use managed cache policies"
_ORIGIN = "console"


class Console(pulumi.ComponentResource):
    """The page's files and what serves them. It has no server of its own: the page asks the REST API, with the user's own token."""

    def __init__(
        self,
        name: str,
        *,
        cluster: pulumi.Output[page.Cluster],
        nodes: pulumi.Output[list[page.Node]],
        subdomain_gateway: bool,
        gateway_url: pulumi.Output[str],
        context: ClusterContext,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """``cluster`` and ``nodes`` are what the page is told. `admit` must follow."""
        super().__init__("ipfs-cluster:index:Console", name, {}, opts)
        self._name, self._tags = name, context.tags
        self._own = pulumi.ResourceOptions(parent=self)
        self._bucket, self._closed = unopened_bucket(name, self, self._tags, retain=False)
        told = pulumi.Output.all(cluster, gateway_url, nodes).apply(lambda known: page.configuration(*known))
        self._objects = self._files(pulumi.Output.json_dumps(told))
        access = aws.cloudfront.OriginAccessControl(
            name,
            description="Reads the console of the IPFS cluster",
            origin_access_control_origin_type="s3",
            signing_behavior="always",
            signing_protocol="sigv4",
            opts=self._own,
        )
        self.origin: dict[str, Any] = {
            "origin_id": _ORIGIN,
            "domain_name": self._bucket.bucket_regional_domain_name,
            "origin_access_control_id": access.id,
        }
        """The origin that the distribution needs."""
        self.behaviors: list[dict[str, Any]] = self._behaviors(gateway_url.apply(lambda url: page.headers(url, subdomain_gateway)))
        """How the distribution serves it."""

    def admit(self, distribution_arn: pulumi.Output[str]) -> None:
        """Lets a distribution read the bucket, once all files are there. Call it once, last: the distribution needs the bucket's name."""
        bucket_policy(
            self._name,
            self._bucket,
            self._closed,
            lambda arn: distribution_arn.apply(lambda reader: permissions.console_bucket_policy(arn, f"{arn}{page.PATH}/*", reader)),
            pulumi.ResourceOptions(parent=self, depends_on=self._objects),
        )
        self.register_outputs({})

    def _files(self, configuration: pulumi.Output[str]) -> list[pulumi.Resource]:
        """The objects. The page comes after all that it names, so that no one gets it without that."""
        before: list[pulumi.Resource] = [self._object(page.CONFIGURATION, content=configuration)]
        for file in page.files():
            asset = pulumi.FileAsset(str(page.FOLDER / file))
            before.append(self._object(file, source=asset, depends_on=[*before] if file == page.INDEX else None))
        return before

    def _object(self, file: str, *, depends_on: list[pulumi.Resource] | None = None, **content: Any) -> aws.s3.BucketObjectv2:
        # What is kept for a year stays where it is when another version takes its place: pages that are open may still ask for it. It
        # goes with the bucket.
        kept = page.cache_control(file) != "no-cache"
        return aws.s3.BucketObjectv2(
            f"{self._name}-{page.label(file)}",
            bucket=self._bucket.bucket,
            key=f"{page.PATH.removeprefix('/')}/{file}",
            content_type=page.content_type(file),
            cache_control=page.cache_control(file),
            # S3 takes ten tags for an object; users may have more for all resources.
            override_provider={"default_tags": {"tags": {}}},
            opts=pulumi.ResourceOptions(parent=self, depends_on=depends_on, retain_on_delete=kept),
            **content,
        )

    def _behaviors(self, headers: pulumi.Output[dict[str, str]]) -> list[dict[str, Any]]:
        name = self._name

        def value(header: str) -> pulumi.Output[str]:
            return headers.apply(lambda all_: all_[header])

        security = aws.cloudfront.ResponseHeadersPolicy(
            name,
            comment="The console runs its own scripts, asks its own origin and the gateway, and is in no frame",
            security_headers_config={
                "content_security_policy": {"content_security_policy": value("Content-Security-Policy"), "override": True},
                "content_type_options": {"override": True},
                "frame_options": {"frame_option": value("X-Frame-Options"), "override": True},
                "referrer_policy": {"referrer_policy": value("Referrer-Policy"), "override": True},
                "strict_transport_security": {
                    "access_control_max_age_sec": value("Strict-Transport-Security").apply(lambda text: int(text.removeprefix("max-age="))),
                    "override": True,
                },
            },
            custom_headers_config={
                "items": [
                    {"header": header, "value": value(header), "override": True}
                    for header in ("Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Permissions-Policy")
                ]
            },
            opts=self._own,
        )
        function = aws.cloudfront.Function(
            name,
            runtime="cloudfront-js-2.0",
            code=source("console.js"),
            comment="Finds the console's page",
            publish=True,
            tags=self._tags.named(name),
            opts=self._own,
        )
        behavior = {
            "target_origin_id": _ORIGIN,
            "viewer_protocol_policy": "redirect-to-https",
            "allowed_methods": ["GET", "HEAD"],
            "cached_methods": ["GET", "HEAD"],
            "compress": True,
            # Its least time is a second: for so long CloudFront holds even what is marked no-cache.
            "cache_policy_id": _CACHING_OPTIMIZED,
            "response_headers_policy_id": security.id,
            "function_associations": [{"event_type": "viewer-request", "function_arn": function.arn}],
        }
        return [{"path_pattern": pattern, **behavior} for pattern in (page.PATH, f"{page.PATH}/*")]
