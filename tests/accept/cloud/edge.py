"""CloudFront and Elastic Load Balancing."""

from collections.abc import Mapping
from typing import Any

from tests.accept.cloud.base import NOW, Base, Loose
from tests.helpers.world import ACCOUNT


class Edge(Base):
    """CloudFront and Elastic Load Balancing."""

    def cloudfront_get_distribution_config(self, p: Any) -> dict[str, Any]:
        own = self.distributions.get(p["Id"])
        if own:
            return {"ETag": "E", "DistributionConfig": own["config"]}
        origin = {"Id": "gateway", "DomainName": "internal-x.elb.amazonaws.com", "VpcOriginConfig": {"VpcOriginId": "vo_1"}}
        return {"ETag": "E", "DistributionConfig": self._config({"Quantity": 1, "Items": [origin]})}

    def _config(self, origins: Any) -> dict[str, Any]:
        behavior = {"TargetOriginId": "gateway", "ViewerProtocolPolicy": "https-only"}
        return {"CallerReference": "x", "Origins": origins, "DefaultCacheBehavior": behavior, "Comment": "", "Enabled": True}

    def cloudfront_create_distribution_with_tags(self, p: Any) -> dict[str, Any]:
        config = p["DistributionConfigWithTags"]["DistributionConfig"]
        self.distributions["EKIT"] = {"config": config}
        return {"Distribution": self._distribution("EKIT", config)}

    def _distribution(self, id_: str, config: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "Id": id_,
            "ARN": f"arn:aws:cloudfront::{ACCOUNT}:distribution/{id_}",
            "Status": "Deployed",
            "LastModifiedTime": NOW,
            "InProgressInvalidationBatches": 0,
            "DomainName": "alias.example",
            "DistributionConfig": config,
        }

    def cloudfront_get_distribution(self, p: Any) -> dict[str, Any]:
        return {"Distribution": self._distribution(p["Id"], self.distributions[p["Id"]]["config"])}

    def cloudfront_update_distribution(self, p: Any) -> dict[str, Any]:
        self.distributions[p["Id"]]["config"] = p["DistributionConfig"]
        return {}

    def cloudfront_list_distributions(self, p: Any) -> dict[str, Any]:
        items = [{"Id": id_, "Comment": one["config"]["Comment"]} for id_, one in self.distributions.items()]
        return Loose({"DistributionList": {"Items": items}})

    def cloudfront_delete_distribution(self, p: Any) -> dict[str, Any]:
        assert not self.distributions[p["Id"]]["config"]["Enabled"]
        del self.distributions[p["Id"]]
        return {}

    def elbv2_describe_load_balancers(self, p: Any) -> dict[str, Any]:
        return {"LoadBalancers": [{"AvailabilityZones": [{"SubnetId": subnet} for subnet in self.subnets]}]}

    def elbv2_set_subnets(self, p: Any) -> dict[str, Any]:
        self.subnets = list(p["Subnets"])
        return {}
