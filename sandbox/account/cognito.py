"""Cognito: the pool of users, and its client."""

from .aws import Aws
from .registry import creates
from .values import Created, Inputs, physical_name


@creates("aws:cognito/userPool:UserPool", reads=("accountRecoverySetting", "adminCreateUserConfig", "passwordPolicy", "tags"))
def _user_pool(aws: Aws, name: str, inputs: Inputs) -> Created:
    policies = {"passwordPolicy": inputs.pop("passwordPolicy")}
    pool = aws.send("cognito-idp", "create_user_pool", {"poolName": physical_name(name), "policies": policies, **inputs}, {"tags": "UserPoolTags"})["UserPool"]
    return pool["Id"], {"arn": pool["Arn"]}


@creates("aws:cognito/userPoolClient:UserPoolClient", reads=("explicitAuthFlows", "generateSecret", "preventUserExistenceErrors", "userPoolId"))
def _user_pool_client(aws: Aws, name: str, inputs: Inputs) -> Created:
    client = aws.send("cognito-idp", "create_user_pool_client", {"clientName": physical_name(name), **inputs})["UserPoolClient"]
    return client["ClientId"], {}
