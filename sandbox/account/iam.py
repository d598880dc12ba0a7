"""IAM: roles and their policies."""

from .aws import Aws
from .registry import creates, records
from .values import Created, Inputs, physical_name

# moto could do this, but has AWS's own policies only if it loads all of them, which takes seconds.
records("aws:iam/rolePolicyAttachment:RolePolicyAttachment")


@creates("aws:iam/role:Role", reads=("assumeRolePolicy", "description", "tags"))
def _role(aws: Aws, name: str, inputs: Inputs) -> Created:
    role = aws.send("iam", "create_role", {"roleName": physical_name(name), **inputs}, {"assumeRolePolicy": "AssumeRolePolicyDocument"})["Role"]
    return role["RoleName"], {"arn": role["Arn"], "name": role["RoleName"]}


@creates("aws:iam/rolePolicy:RolePolicy", reads=("policy", "role"))
def _role_policy(aws: Aws, name: str, inputs: Inputs) -> Created:
    aws.send("iam", "put_role_policy", {"policyName": physical_name(name), **inputs}, {"role": "RoleName", "policy": "PolicyDocument"})
    return f"{inputs['role']}:{physical_name(name)}", {"name": physical_name(name)}
