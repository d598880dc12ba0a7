"""ACM certificates."""

from .aws import Aws
from .registry import creates
from .values import Created, Inputs


def certificate_arn(aws: Aws, given: str) -> str:
    """A certificate's ARN in moto. A certificate that only the user's account has is replaced by another one."""
    acm = aws.client("acm")
    if given in {one["CertificateArn"] for one in acm.list_certificates()["CertificateSummaryList"]}:
        return given
    return str(acm.request_certificate(DomainName="in.place.of.the.users.own")["CertificateArn"])


@creates("aws:acm/certificate:Certificate", reads=("domainName", "region", "subjectAlternativeNames", "tags", "validationMethod"))
def _certificate(aws: Aws, name: str, inputs: Inputs) -> Created:
    region = inputs.pop("region", "")
    if not inputs.get("subjectAlternativeNames"):
        inputs.pop("subjectAlternativeNames", None)  # ACM requires at least one
    arn = aws.send("acm", "request_certificate", inputs, region=region)["CertificateArn"]
    options = [
        {
            "domainName": option["DomainName"],
            "resourceRecordName": option["ResourceRecord"]["Name"],
            "resourceRecordType": option["ResourceRecord"]["Type"],
            "resourceRecordValue": option["ResourceRecord"]["Value"],
        }
        for option in aws.client("acm", region).describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]
    ]
    return arn, {"arn": arn, "domainValidationOptions": options}


@creates(
    "aws:acm/certificateValidation:CertificateValidation",
    reads=("certificateArn",),
    ignored={
        "region": "no request contains it",
        "validationRecordFqdns": "only the provider uses it, to wait",
    },
)
def _certificate_validation(aws: Aws, name: str, inputs: Inputs) -> Created:
    return inputs["certificateArn"], {}
