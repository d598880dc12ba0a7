"""Who may read at the gateway: passwords, tokens."""

import json

from ipfs_cluster.edge import readers

from tests.helpers.account import policies
from tests.helpers.edge import API, DISTRIBUTION, GATEWAY, both_events, with_zone
from tests.helpers.iam import allowed
from tests.helpers.support import deployed_small as deployed


def test_readers_with_a_password() -> None:
    with deployed({"gateway": {"authentication": "basic"}}) as stack:
        cloudfront = stack.client("cloudfront")
        (function,) = [function for function in cloudfront.list_functions()["FunctionList"]["Items"] if function["Name"].startswith("ipfs-readers-")]
        assert function["FunctionConfig"]["Runtime"] == "cloudfront-js-2.0"
        inputs = stack.inputs("aws:cloudfront/function:Function", "ipfs-readers-basic-auth")
        assert "keyValueStoreAssociations" not in inputs
        assert inputs["publish"] is True
        associations = stack.inputs(DISTRIBUTION, GATEWAY)["defaultCacheBehavior"]["functionAssociations"]
        assert associations == both_events(function["FunctionMetadata"]["FunctionARN"])
        assert "functionAssociations" not in stack.inputs(DISTRIBUTION, API)["defaultCacheBehavior"]
        user, password = stack.output("gateway_username"), stack.output("gateway_password")
        salt = stack.account.randomness.made["RandomPassword ipfs-credentials-gateway-salt"]["value"]
        assert inputs["code"] == readers.gateway_code(readers.salted_hash(salt, f"{user}:{password}"))
        assert password not in inputs["code"]
        stored = stack.client("ssm").get_parameter(Name="/ipfs/ipfs-cluster/test/gateway-credentials", WithDecryption=True)["Parameter"]
        assert stored["Value"] == f"{user}:{password}"
        assert stack.deployment.exports["gateway_password"].secret


def test_readers_with_a_password_of_ones_own() -> None:
    with deployed({"gateway": {"authentication": "basic", "username": "me", "password": "correct-horse-battery"}}) as stack:
        assert (stack.output("gateway_username"), stack.output("gateway_password")) == ("me", "correct-horse-battery")
        assert not [key for key in stack.account.randomness.made if "gateway-password" in key or "gateway-user" in key]


def test_readers_with_tokens() -> None:
    with deployed({"gateway": {"authentication": "token"}}) as stack:
        cognito = stack.client("cognito-idp")
        pool_id, client_id = stack.output("gateway_user_pool_id"), stack.output("gateway_user_pool_client_id")
        pool = cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
        assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True, "else everyone makes themselves a reader"
        assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 12
        client = cognito.describe_user_pool_client(UserPoolId=pool_id, ClientId=client_id)["UserPoolClient"]
        assert "ClientSecret" not in client
        assert "ALLOW_USER_PASSWORD_AUTH" in client["ExplicitAuthFlows"]
        lambda_ = stack.account.client("lambda", "us-east-1")
        (function,) = lambda_.list_functions()["Functions"]
        assert (function["Runtime"], function["Architectures"], function["Handler"]) == ("nodejs22.x", ["x86_64"], "index.handler")
        assert (function["MemorySize"], function["Timeout"]) == (128, 5)
        assert "Environment" not in function or not function["Environment"].get("Variables"), "Lambda@Edge has none"
        inputs = stack.inputs("aws:lambda/function:Function", "ipfs-readers-verify-token")
        assert (inputs["publish"], inputs["skipDestroy"], inputs["region"]) == (True, True, "us-east-1")
        assets = inputs["code"].assets
        assert json.loads(assets["config.json"].text) == {"userPoolId": pool_id, "clientId": client_id}
        assert assets["aws-jwt-verify"].path == str(readers.JWT_LIBRARY), "nothing is fetched"
        behavior = stack.inputs(DISTRIBUTION, GATEWAY)["defaultCacheBehavior"]
        assert behavior["lambdaFunctionAssociations"] == [
            {"eventType": event, "includeBody": False, "lambdaArn": f"{function['FunctionArn']}:1"} for event in ("viewer-request", "viewer-response")
        ]
        assert "functionAssociations" not in behavior, "the two kinds cannot share the viewer's events"
        role = stack.client("iam").get_role(RoleName=function["Role"].rpartition("/")[2])["Role"]
        assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"] == ["edgelambda.amazonaws.com", "lambda.amazonaws.com"]
        may = policies(stack, function["Role"])
        group = f"arn:aws:logs:ap-south-1:123456789012:log-group:/aws/lambda/us-east-1.{function['FunctionName']}"
        assert allowed("logs:CreateLogGroup", group, may)
        assert allowed("logs:PutLogEvents", f"{group}:log-stream:x", may)
        assert not allowed("logs:PutLogEvents", f"{group}-other:log-stream:x", may)
        assert not allowed("ssm:GetParameters", "*", may)
        kept = {r.name for r in stack.registered("aws:cognito/userPool:UserPool") if r.request.retainOnDelete}
        assert kept == {"ipfs-readers-users"}, "users are data"


def test_archives_are_kept_back_where_the_origin_answers_if_it_is_no_vpc_origin() -> None:
    edge = with_zone(scheme="internet-facing")
    with deployed(lambda account: {**edge(account), "gateway": {"authentication": "token"}}) as stack:
        associations = stack.inputs(DISTRIBUTION, GATEWAY)["defaultCacheBehavior"]["lambdaFunctionAssociations"]
        assert [association["eventType"] for association in associations] == ["viewer-request", "origin-response"]


def test_tokens_of_a_pool_of_ones_own() -> None:
    with deployed({"gateway": {"authentication": "token", "userPoolId": "us-west-2_aBcDeFgHi", "userPoolClientId": "abc123"}}) as stack:
        assert not [r for r in stack.deployment.registrations if "cognito" in r.type]
        config = stack.inputs("aws:lambda/function:Function", "ipfs-readers-verify-token")["code"].assets["config.json"].text
        assert json.loads(config) == {"userPoolId": "us-west-2_aBcDeFgHi", "clientId": "abc123"}
