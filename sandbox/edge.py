"""The edge's resources in moto: load balancer, CloudFront, certificates, records, users."""

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .common import Created, Inputs, physical_name, tags

if TYPE_CHECKING:
    from .account import Account

_LOAD_BALANCER_NAME = 32  # characters that Elastic Load Balancing allows, for target groups too


def _fitting(name: str) -> str:
    found = physical_name(name)
    if len(found) > _LOAD_BALANCER_NAME:
        raise ValueError(f"{found} is too long for Elastic Load Balancing")
    return found


# --- Elastic Load Balancing -------------------------------------------------------------------------------------------


def _load_balancer(account: "Account", name: str, inputs: Inputs) -> Created:
    elb = account.client("elbv2")
    balancer = elb.create_load_balancer(
        Name=_fitting(name),
        Type=inputs["loadBalancerType"],
        Scheme="internal" if inputs["internal"] else "internet-facing",
        Subnets=inputs["subnets"],
        SecurityGroups=inputs["securityGroups"],
        Tags=tags(inputs),
    )["LoadBalancers"][0]
    attributes = {
        "idle_timeout.timeout_seconds": str(inputs["idleTimeout"]),
        "routing.http.drop_invalid_header_fields.enabled": str(inputs["dropInvalidHeaderFields"]).lower(),
        "routing.http.preserve_host_header.enabled": str(inputs["preserveHostHeader"]).lower(),
    }
    if "accessLogs" in inputs:
        attributes |= {"access_logs.s3.enabled": "true", "access_logs.s3.bucket": inputs["accessLogs"]["bucket"]}
    arn = balancer["LoadBalancerArn"]
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[{"Key": key, "Value": value} for key, value in attributes.items()])
    return arn, {"arn": arn, "arnSuffix": arn.partition("loadbalancer/")[2], "dnsName": balancer["DNSName"], "zoneId": balancer["CanonicalHostedZoneId"]}


def _target_group(account: "Account", name: str, inputs: Inputs) -> Created:
    elb, check = account.client("elbv2"), inputs["healthCheck"]
    group = elb.create_target_group(
        Name=_fitting(name),
        Protocol=inputs["protocol"],
        Port=inputs["port"],
        VpcId=inputs["vpcId"],
        TargetType=inputs["targetType"],
        HealthCheckProtocol=check["protocol"],
        HealthCheckPath=check["path"],
        HealthCheckIntervalSeconds=check["interval"],
        HealthCheckTimeoutSeconds=check["timeout"],
        HealthyThresholdCount=check["healthyThreshold"],
        UnhealthyThresholdCount=check["unhealthyThreshold"],
        Matcher={"HttpCode": check["matcher"]},
        Tags=tags(inputs),
    )["TargetGroups"][0]["TargetGroupArn"]
    delay = str(inputs["deregistrationDelay"])
    elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": delay}])
    return group, {"arn": group, "arnSuffix": group.rpartition(":")[2]}


def _action(given: Inputs) -> dict[str, Any]:
    if given["type"] == "forward":
        return {"Type": "forward", "TargetGroupArn": given["targetGroupArn"]}
    response = given["fixedResponse"]
    return {
        "Type": "fixed-response",
        "FixedResponseConfig": {"StatusCode": response["statusCode"], "ContentType": response["contentType"], "MessageBody": response["messageBody"]},
    }


def _certificate_in(account: "Account", arn: str) -> str:
    """A certificate of the user's own is in their account alone: another one stands in for it here."""
    acm = account.client("acm")
    if arn in (known["CertificateArn"] for known in acm.list_certificates()["CertificateSummaryList"]):
        return arn
    return str(acm.request_certificate(DomainName="in.place.of.the.users.own")["CertificateArn"])


def _listener(account: "Account", name: str, inputs: Inputs) -> Created:
    tls: dict[str, Any] = {}
    if inputs["protocol"] == "HTTPS":
        tls = {"SslPolicy": inputs["sslPolicy"], "Certificates": [{"CertificateArn": _certificate_in(account, inputs["certificateArn"])}]}
    arn = account.client("elbv2").create_listener(
        LoadBalancerArn=inputs["loadBalancerArn"],
        Protocol=inputs["protocol"],
        Port=inputs["port"],
        DefaultActions=[_action(action) for action in inputs["defaultActions"]],
        Tags=tags(inputs),
        **tls,
    )["Listeners"][0]["ListenerArn"]
    return arn, {"arn": arn}


def _listener_rule(account: "Account", name: str, inputs: Inputs) -> Created:
    headers = [condition["httpHeader"] for condition in inputs["conditions"]]
    arn = account.client("elbv2").create_rule(
        ListenerArn=inputs["listenerArn"],
        Priority=inputs["priority"],
        Conditions=[{"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": h["httpHeaderName"], "Values": h["values"]}} for h in headers],
        Actions=[_action(action) for action in inputs["actions"]],
        Tags=tags(inputs),
    )["Rules"][0]["RuleArn"]
    return arn, {"arn": arn}


# --- S3 ---------------------------------------------------------------------------------------------------------------


def _bucket(account: "Account", name: str, inputs: Inputs) -> Created:
    s3, bucket = account.client("s3"), physical_name(name)
    place: dict[str, Any] = {} if account.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": account.region}}
    s3.create_bucket(Bucket=bucket, **place)
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags(inputs)})
    return bucket, {"arn": f"arn:aws:s3:::{bucket}", "bucket": bucket}


def _bucket_public_access_block(account: "Account", name: str, inputs: Inputs) -> Created:
    names = ("blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets")
    account.client("s3").put_public_access_block(
        Bucket=inputs["bucket"], PublicAccessBlockConfiguration={key[0].upper() + key[1:]: inputs[key] for key in names}
    )
    return inputs["bucket"], {}


def _bucket_policy(account: "Account", name: str, inputs: Inputs) -> Created:
    account.client("s3").put_bucket_policy(Bucket=inputs["bucket"], Policy=inputs["policy"])
    return inputs["bucket"], {}


def _bucket_lifecycle(account: "Account", name: str, inputs: Inputs) -> Created:
    def rule(given: Inputs) -> dict[str, Any]:
        found: dict[str, Any] = {"ID": given["id"], "Status": given["status"], "Filter": {"Prefix": given["filter"]["prefix"]}}
        if "expiration" in given:
            found["Expiration"] = {"Days": given["expiration"]["days"]}
        if "abortIncompleteMultipartUpload" in given:
            found["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": given["abortIncompleteMultipartUpload"]["daysAfterInitiation"]}
        if "noncurrentVersionExpiration" in given:
            found["NoncurrentVersionExpiration"] = {"NoncurrentDays": given["noncurrentVersionExpiration"]["noncurrentDays"]}
        return found

    rules = [rule(given) for given in inputs["rules"]]
    account.client("s3").put_bucket_lifecycle_configuration(Bucket=inputs["bucket"], LifecycleConfiguration={"Rules": rules})
    return inputs["bucket"], {}


def _bucket_encryption(account: "Account", name: str, inputs: Inputs) -> Created:
    rules = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"]}} for rule in inputs["rules"]]
    account.client("s3").put_bucket_encryption(Bucket=inputs["bucket"], ServerSideEncryptionConfiguration={"Rules": rules})
    return inputs["bucket"], {}


def _bucket_versioning(account: "Account", name: str, inputs: Inputs) -> Created:
    account.client("s3").put_bucket_versioning(Bucket=inputs["bucket"], VersioningConfiguration={"Status": inputs["versioningConfiguration"]["status"]})
    return inputs["bucket"], {}


# --- CloudFront -------------------------------------------------------------------------------------------------------


def _behavior(given: Inputs) -> dict[str, Any]:
    path = {"PathPattern": given["pathPattern"]} if "pathPattern" in given else {}
    policies = {key[0].upper() + key[1:]: given[key] for key in ("originRequestPolicyId", "responseHeadersPolicyId") if key in given}
    allowed, cached = given["allowedMethods"], given["cachedMethods"]
    return {
        **path,
        "TargetOriginId": given["targetOriginId"],
        "ViewerProtocolPolicy": given["viewerProtocolPolicy"],
        "AllowedMethods": {"Quantity": len(allowed), "Items": allowed, "CachedMethods": {"Quantity": len(cached), "Items": cached}},
        "Compress": given["compress"],
        "CachePolicyId": given["cachePolicyId"],
        **policies,
    }


def _origin(given: Inputs) -> dict[str, Any]:
    headers = [{"HeaderName": header["name"], "HeaderValue": header["value"]} for header in given.get("customHeaders", [])]
    if "vpcOriginConfig" in given:
        vpc = given["vpcOriginConfig"]
        config: dict[str, Any] = {"VpcOriginConfig": {"VpcOriginId": vpc["vpcOriginId"], "OriginReadTimeout": vpc["originReadTimeout"]}}
    else:
        custom = given["customOriginConfig"]
        protocols = custom["originSslProtocols"]
        config = {
            "CustomOriginConfig": {
                "HTTPPort": custom["httpPort"],
                "HTTPSPort": custom["httpsPort"],
                "OriginProtocolPolicy": custom["originProtocolPolicy"],
                "OriginSslProtocols": {"Quantity": len(protocols), "Items": protocols},
                "OriginReadTimeout": custom["originReadTimeout"],
                "OriginKeepaliveTimeout": custom["originKeepaliveTimeout"],
            }
        }
    return {"Id": given["originId"], "DomainName": given["domainName"], "CustomHeaders": {"Quantity": len(headers), "Items": headers}, **config}


def _distribution(account: "Account", name: str, inputs: Inputs) -> Created:
    geo = inputs["restrictions"]["geoRestriction"]
    locations = geo.get("locations", [])
    certificate = inputs["viewerCertificate"]
    if "acmCertificateArn" in certificate:
        viewer: dict[str, Any] = {
            "ACMCertificateArn": certificate["acmCertificateArn"],
            "MinimumProtocolVersion": certificate["minimumProtocolVersion"],
            "SSLSupportMethod": certificate["sslSupportMethod"],
        }
    else:
        viewer = {"CloudFrontDefaultCertificate": True}
    aliases, errors = inputs.get("aliases", []), inputs.get("customErrorResponses", [])
    origins, paths = [_origin(o) for o in inputs["origins"]], [_behavior(b) for b in inputs.get("orderedCacheBehaviors", [])]
    config = {
        "CallerReference": physical_name(name),
        "Comment": inputs["comment"],
        "Enabled": inputs["enabled"],
        "Aliases": {"Quantity": len(aliases), "Items": aliases},
        "Origins": {"Quantity": len(origins), "Items": origins},
        "DefaultCacheBehavior": _behavior(inputs["defaultCacheBehavior"]),
        "CacheBehaviors": {"Quantity": len(paths), "Items": paths},
        "CustomErrorResponses": {
            "Quantity": len(errors),
            "Items": [{"ErrorCode": e["errorCode"], "ErrorCachingMinTTL": e["errorCachingMinTtl"]} for e in errors],
        },
        "HttpVersion": inputs["httpVersion"],
        "IsIPV6Enabled": inputs["isIpv6Enabled"],
        "PriceClass": inputs["priceClass"],
        "Restrictions": {"GeoRestriction": {"RestrictionType": geo["restrictionType"], "Quantity": len(locations), "Items": locations}},
        "ViewerCertificate": viewer,
        "WebACLId": inputs.get("webAclId", ""),
    }
    made = account.client("cloudfront").create_distribution_with_tags(
        DistributionConfigWithTags={"DistributionConfig": config, "Tags": {"Items": tags(inputs)}}
    )["Distribution"]
    return made["Id"], {"arn": made["ARN"], "domainName": made["DomainName"], "hostedZoneId": "Z2FDTNDATAQYW2"}


def _edge_function(account: "Account", name: str, inputs: Inputs) -> Created:
    made = account.client("cloudfront").create_function(
        Name=physical_name(name), FunctionConfig={"Comment": inputs["comment"], "Runtime": inputs["runtime"]}, FunctionCode=inputs["code"].encode()
    )["FunctionSummary"]
    return physical_name(name), {"arn": made["FunctionMetadata"]["FunctionARN"]}


# --- names ------------------------------------------------------------------------------------------------------------


def _certificate(account: "Account", name: str, inputs: Inputs) -> Created:
    acm = account.client("acm", inputs["region"])
    others = {"SubjectAlternativeNames": inputs["subjectAlternativeNames"]} if inputs["subjectAlternativeNames"] else {}
    arn = acm.request_certificate(DomainName=inputs["domainName"], ValidationMethod=inputs["validationMethod"], Tags=tags(inputs), **others)["CertificateArn"]
    options = [
        {
            "domainName": option["DomainName"],
            "resourceRecordName": option["ResourceRecord"]["Name"],
            "resourceRecordType": option["ResourceRecord"]["Type"],
            "resourceRecordValue": option["ResourceRecord"]["Value"],
        }
        for option in acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]
    ]
    return arn, {"arn": arn, "domainValidationOptions": options}


def _certificate_validation(account: "Account", name: str, inputs: Inputs) -> Created:
    return inputs["certificateArn"], {}


def _record(account: "Account", name: str, inputs: Inputs) -> Created:
    record: dict[str, Any] = {"Name": inputs["name"], "Type": inputs["type"]}
    if "aliases" in inputs:
        (alias,) = inputs["aliases"]
        record["AliasTarget"] = {"DNSName": alias["name"], "HostedZoneId": alias["zoneId"], "EvaluateTargetHealth": alias["evaluateTargetHealth"]}
    else:
        record |= {"TTL": inputs["ttl"], "ResourceRecords": [{"Value": value} for value in inputs["records"]]}
    action = "UPSERT" if inputs.get("allowOverwrite") else "CREATE"
    account.client("route53").change_resource_record_sets(
        HostedZoneId=inputs["zoneId"], ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    )
    return f"{inputs['zoneId']}_{inputs['name']}_{inputs['type']}", {"fqdn": inputs["name"]}


# --- users and tokens -------------------------------------------------------------------------------------------------


def _user_pool(account: "Account", name: str, inputs: Inputs) -> Created:
    policy = inputs["passwordPolicy"]
    pool = account.client("cognito-idp").create_user_pool(
        PoolName=physical_name(name),
        AdminCreateUserConfig={"AllowAdminCreateUserOnly": inputs["adminCreateUserConfig"]["allowAdminCreateUserOnly"]},
        Policies={"PasswordPolicy": {key[0].upper() + key[1:]: value for key, value in policy.items()}},
        AccountRecoverySetting={
            "RecoveryMechanisms": [{"Name": m["name"], "Priority": m["priority"]} for m in inputs["accountRecoverySetting"]["recoveryMechanisms"]]
        },
        UserPoolTags=inputs.get("tags", {}),
    )["UserPool"]
    return pool["Id"], {"arn": pool["Arn"]}


def _user_pool_client(account: "Account", name: str, inputs: Inputs) -> Created:
    client = account.client("cognito-idp").create_user_pool_client(
        UserPoolId=inputs["userPoolId"],
        ClientName=physical_name(name),
        GenerateSecret=inputs["generateSecret"],
        ExplicitAuthFlows=inputs["explicitAuthFlows"],
        PreventUserExistenceErrors=inputs["preventUserExistenceErrors"],
    )["UserPoolClient"]
    return client["ClientId"], {}


def _lambda_function(account: "Account", name: str, inputs: Inputs) -> Created:
    made = account.client("lambda", inputs["region"]).create_function(
        FunctionName=physical_name(name),
        Runtime=inputs["runtime"],
        Architectures=inputs["architectures"],
        Handler=inputs["handler"],
        Role=inputs["role"],
        Code={"ZipFile": _zip(inputs["code"].assets)},
        MemorySize=inputs["memorySize"],
        Timeout=inputs["timeout"],
        Publish=inputs["publish"],
        Description=inputs["description"],
        Tags=inputs.get("tags", {}),
    )
    return made["FunctionName"], {"name": made["FunctionName"], "arn": made["FunctionArn"], "qualifiedArn": f"{made['FunctionArn']}:1", "version": "1"}


def _zip(assets: Mapping[str, Any]) -> bytes:
    """The archive's own files; what the engine would bring from elsewhere is left out."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file, asset in sorted(assets.items()):
            if hasattr(asset, "text"):
                archive.writestr(file, asset.text)
    return packed.getvalue()


CREATE: Mapping[str, Callable[["Account", str, Inputs], Created]] = {
    "aws:acm/certificate:Certificate": _certificate,
    "aws:acm/certificateValidation:CertificateValidation": _certificate_validation,
    "aws:cloudfront/distribution:Distribution": _distribution,
    "aws:cloudfront/function:Function": _edge_function,
    "aws:cognito/userPool:UserPool": _user_pool,
    "aws:cognito/userPoolClient:UserPoolClient": _user_pool_client,
    "aws:lambda/function:Function": _lambda_function,
    "aws:lb/listener:Listener": _listener,
    "aws:lb/listenerRule:ListenerRule": _listener_rule,
    "aws:lb/loadBalancer:LoadBalancer": _load_balancer,
    "aws:lb/targetGroup:TargetGroup": _target_group,
    "aws:route53/record:Record": _record,
    "aws:s3/bucket:Bucket": _bucket,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _bucket_lifecycle,
    "aws:s3/bucketPolicy:BucketPolicy": _bucket_policy,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _bucket_encryption,
    "aws:s3/bucketVersioning:BucketVersioning": _bucket_versioning,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _bucket_public_access_block,
}


def _get_managed_prefix_list(account: "Account", args: Inputs) -> Inputs:
    found = account.client("ec2").describe_managed_prefix_lists()["PrefixLists"]
    ids = [known["PrefixListId"] for known in found if known["PrefixListName"] == args["name"]]
    return {"id": ids[0], "name": args["name"]}


def _get_zone(account: "Account", args: Inputs) -> Inputs:
    zone = account.client("route53").get_hosted_zone(Id=args["zoneId"])["HostedZone"]
    return {"id": args["zoneId"], "zoneId": args["zoneId"], "name": zone["Name"].removesuffix("."), "privateZone": zone["Config"]["PrivateZone"]}


LOOK_UP: Mapping[str, Callable[["Account", Inputs], Inputs]] = {
    "aws:ec2/getManagedPrefixList:getManagedPrefixList": _get_managed_prefix_list,
    "aws:route53/getZone:getZone": _get_zone,
}
