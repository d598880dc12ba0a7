"""Identity, IAM, EC2 and quotas."""

from typing import Any

from tests.accept.cloud.base import NOW, Base, error
from tests.helpers.world import ACCOUNT, REGION


class Identity(Base):
    """Identity, IAM, EC2 and quotas."""

    def sts_get_caller_identity(self, p: Any) -> dict[str, Any]:
        return {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/someone", "UserId": "U"}

    def ec2_describe_regions(self, p: Any) -> dict[str, Any]:
        wanted = p["Filters"][0]["Values"][0]
        return {"Regions": [{"RegionName": wanted, "OptInStatus": "opt-in-not-required"}] if wanted == REGION else []}

    def ec2_describe_subnets(self, p: Any) -> dict[str, Any]:
        return {"Subnets": [{"SubnetId": p["SubnetIds"][0], "AvailabilityZone": self.subnet_zone}]}

    def ec2_describe_security_groups(self, p: Any) -> dict[str, Any]:
        if "GroupIds" in p:
            raise error("InvalidGroup.NotFound")
        return {"SecurityGroups": [{"GroupId": "sg-cf", "GroupName": "CloudFront-VPCOrigins-Service-SG"}]}

    def service_quotas_get_service_quota(self, p: Any) -> dict[str, Any]:
        return {"Quota": {"Value": 6.0}}

    def iam_create_role(self, p: Any) -> dict[str, Any]:
        self.roles[p["RoleName"]] = {}
        return {"Role": self._role(p["RoleName"])}

    def _role(self, name: str) -> dict[str, Any]:
        return {"Path": "/", "RoleName": name, "RoleId": "AROA12345678901234567", "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}", "CreateDate": NOW}

    def iam_get_role(self, p: Any) -> dict[str, Any]:
        if not self._exists("aws:iam/role:Role", p["RoleName"]):
            raise error("NoSuchEntity", "GetRole")
        return {"Role": self._role(p["RoleName"])}

    def iam_list_role_policies(self, p: Any) -> dict[str, Any]:
        return {"PolicyNames": list(self.roles[p["RoleName"]]) if p["RoleName"] in self.roles else ["own"], "IsTruncated": False}

    def iam_get_role_policy(self, p: Any) -> dict[str, Any]:
        return {"RoleName": p["RoleName"], "PolicyName": p["PolicyName"], "PolicyDocument": "{}"}

    def iam_put_role_policy(self, p: Any) -> dict[str, Any]:
        self.roles[p["RoleName"]][p["PolicyName"]] = p["PolicyDocument"]
        return {}

    def iam_delete_role_policy(self, p: Any) -> dict[str, Any]:
        del self.roles[p["RoleName"]][p["PolicyName"]]
        return {}

    def iam_delete_role(self, p: Any) -> dict[str, Any]:
        assert not self.roles.pop(p["RoleName"])
        return {}
