"""What CloudFront runs before and after each answer of the gateway, and who may read it."""

import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from .. import permissions
from ..context import ClusterContext, Tags
from ..credentials.credentials import Login
from ..inputs import checks
from ..inputs.gateway import ResolvedGateway, user_pool_problem
from ..inputs.problems import path
from .plan import CERTIFICATE_REGION, GATEWAY
from .routing import Routing
from .sources import FUNCTIONS, source

# AWS's own library, without dependencies: the package as npm has it, its licence within (Apache-2.0).
JWT_LIBRARY = FUNCTIONS / "aws-jwt-verify-5.2.1.tgz"


# Lines of the functions that only distributions with websites have.
_OF_WEBSITES = re.compile(r"^(.*) // @WEBSITES@\n", re.MULTILINE)


def gateway_code(credentials: str = "", own_names: Sequence[str] = ()) -> str:
    """The code of the gateway's CloudFront Function. It asks readers for what ``credentials`` is a `salted_hash` of, or nobody.

    ``own_names`` are the gateway's own, where every other host is a website; none without websites.
    """
    return f"{_with_answers('gateway.js', own_names)}\nvar CREDENTIALS = {json.dumps(credentials)};\n"


def token_code(own_names: Sequence[str] = ()) -> str:
    """The code of the Lambda@Edge function that asks readers for a token. ``own_names`` are as for `gateway_code`."""
    return _with_answers("verify-token.mjs", own_names)


def _with_answers(function: str, own_names: Sequence[str]) -> str:
    """A function of the gateway with the files that it needs."""
    if not own_names:
        return f"{_OF_WEBSITES.sub('', source(function))}\n{source('answers.js')}"
    own = f"var GATEWAY_NAMES = {json.dumps(list(own_names))};\n"
    return "\n".join([_OF_WEBSITES.sub(r"\1\n", source(function)), source("answers.js"), source("websites.js"), own])


def salted_hash(salt: str, pair: str) -> str:
    """What the function's code has instead of ``user:password``: ``<salt>:<HMAC-SHA-256 in hex>``."""
    return f"{salt}:{hmac.new(salt.encode(), pair.encode(), hashlib.sha256).hexdigest()}"


def gateway_function(name: str, code: pulumi.Input[str], routing: Routing | None, tags: Tags, opts: pulumi.ResourceOptions) -> dict[str, Any]:
    """Makes the gateway's CloudFront Function. Gives what a cache behavior says to run it. With ``routing`` it also chooses the Region."""
    function = aws.cloudfront.Function(
        name,
        runtime="cloudfront-js-2.0",
        code=routing.code(GATEWAY, code) if routing else code,
        comment="Before and after each answer of the IPFS gateway",
        publish=True,
        key_value_store_associations=[routing.store_arn] if routing else None,
        tags=tags.named(name),
        opts=opts,
    )
    return {"function_associations": [{"event_type": event, "function_arn": function.arn} for event in ("viewer-request", "viewer-response")]}


class Readers(pulumi.ComponentResource):
    """Asks readers who they are: by user name and password, or by a token of a Cognito user pool."""

    def __init__(
        self,
        name: str,
        *,
        gateway: ResolvedGateway,
        own_names: Sequence[str],
        login: Login | None,
        salt: pulumi.Output[str] | None,
        vpc_origins: bool,
        context: ClusterContext,
        routing: Routing | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """A user pool that is created here is retained if the cluster's data is. ``own_names`` are as for `gateway_code`, ``login`` and ``salt``
        are what readers log in with and what that is hashed with, where they are asked for it, ``routing`` is as for `gateway_function`.
        ``vpc_origins`` says whether the gateway's origins are such.
        """
        super().__init__("ipfs-cluster:index:Readers", name, {}, opts)
        self._routing, self._vpc_origins = routing, vpc_origins
        self._name, self._own_names, self._context, self._tags = name, own_names, context, context.tags
        self._own = pulumi.ResourceOptions(parent=self)

        self.associations: dict[str, Any] = {}
        """What a cache behavior says to run the function."""
        self.user_pool_id: pulumi.Output[str] | None = None
        """The pool whose tokens are taken; none with passwords."""
        self.user_pool_client_id: pulumi.Output[str] | None = None
        """The pool's app client whose tokens are taken; none with passwords."""
        self.kept: dict[str, pulumi.Output[str]] = {}
        """What a destroy leaves: the ARNs, by what it is."""
        if gateway.authentication == "basic":
            self._basic(login, salt)
        else:
            self._token(gateway)
        self.register_outputs({})

    def _basic(self, login: Login | None, salt: pulumi.Output[str] | None) -> None:
        assert login is not None  # noqa: S101 (created with this choice)
        # Known to those who may read the function's code. CloudTrail does not log it: botocore's model calls FunctionBlob sensitive.
        hashed = pulumi.Output.all(salt, login.pair).apply(lambda pair: salted_hash(*pair))
        code = hashed.apply(lambda pair: gateway_code(pair, self._own_names))
        self.associations = gateway_function(f"{self._name}-basic-auth", code, self._routing, self._tags, self._own)

    def _token(self, gateway: ResolvedGateway) -> None:
        if gateway.user_pool_id is not None and gateway.user_pool_client_id is not None:
            pool = checks.later(self._context.spelling, path("gateway.user_pool_id"), gateway.user_pool_id, user_pool_problem)
            client = pulumi.Output.from_input(gateway.user_pool_client_id)
        else:
            pool, client = self._user_pool()
        self.user_pool_id, self.user_pool_client_id = pool, client

        def archive(ids: list[str]) -> pulumi.Archive:
            config = json.dumps({"userPoolId": ids[0], "clientId": ids[1]})
            files: dict[str, pulumi.Asset | pulumi.Archive] = {
                "index.mjs": pulumi.StringAsset(token_code(self._own_names)),
                "config.json": pulumi.StringAsset(config),
                "aws-jwt-verify": pulumi.FileArchive(str(JWT_LIBRARY)),
            }
            return pulumi.AssetArchive(files)

        name = f"{self._name}-verify-token"
        role = aws.iam.Role(
            name,
            description="Checks tokens of the IPFS gateway's readers",
            assume_role_policy=json.dumps(permissions.edge_function_trust_policy()),
            tags=self._tags.named(name),
            opts=self._own,
        )
        function = aws.lambda_.Function(
            name,
            region=CERTIFICATE_REGION,
            runtime="nodejs22.x",
            architectures=["x86_64"],  # all that Lambda@Edge has
            handler="index.handler",
            code=pulumi.Output.all(pool, client).apply(archive),
            role=role.arn,
            memory_size=128,
            timeout=5,
            publish=True,  # CloudFront takes versions only
            skip_destroy=True,  # its copies at the edges end hours after the distribution does, and cannot be deleted before
            description="Checks tokens of the IPFS gateway's readers",
            tags=self._tags.named(name),
            opts=self._own,
        )
        self.kept["edge function"] = function.arn
        policy = function.name.apply(lambda function: permissions.edge_function_policy(self._context.account, function))
        aws.iam.RolePolicy(name, role=role.id, policy=pulumi.Output.json_dumps(policy), opts=self._own)
        # Of an archive CloudFront has no copy, so all of them come from the origin: after each answer of that is enough. But VPC origins do not
        # take functions there (CloudFront Developer Guide, "Restrict access with VPC origins").
        after = "viewer-response" if self._vpc_origins else "origin-response"
        self.associations = {
            "lambda_function_associations": [
                {"event_type": event, "lambda_arn": function.qualified_arn, "include_body": False} for event in ("viewer-request", after)
            ]
        }

    def _user_pool(self) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        retain = self._context.retain
        pool = aws.cognito.UserPool(
            f"{self._name}-users",
            # Else everyone could make themselves a reader.
            admin_create_user_config={"allow_admin_create_user_only": True},
            password_policy={
                "minimum_length": 12,
                "require_lowercase": True,
                "require_numbers": True,
                "require_symbols": False,
                "require_uppercase": True,
                "temporary_password_validity_days": 7,
            },
            account_recovery_setting={"recovery_mechanisms": [{"name": "admin_only", "priority": 1}]},
            tags=self._tags.named(f"{self._name}-users"),
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=retain),
        )
        client = aws.cognito.UserPoolClient(
            f"{self._name}-users",
            user_pool_id=pool.id,
            explicit_auth_flows=["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"],
            generate_secret=False,
            prevent_user_existence_errors="ENABLED",
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=retain),
        )
        if retain:
            self.kept["user pool"] = pool.arn
        return pool.id, client.id
