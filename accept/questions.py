"""What only an account can answer. Each question belongs to one probe, and its answer stands in the report."""

from collections.abc import Mapping

QUESTIONS: Mapping[str, str] = {
    "minutes-up": "How many minutes does the first `up` take?",
    "backup-policy": "Does EFS take PutBackupPolicy right after the file system was created?",
    "first-up-alarms": "Which alarms ring during the first deployment?",
    "second-up": "Does a second `up`, or a refresh, find changes?",
    "restart-policy": "Does ECS fill in defaults of restartPolicy, so that every `up` replaces task definitions?",
    "lifecycle-order": "In which order does EFS return lifecycle policies?",
    "trailers": "Are trailer fields dropped, over HTTP/1.1 and over HTTP/2?",
    "early-answer": "Does CloudFront go on uploading when the origin answers early?",
    "silent-upload": "How long may a slow upload be silent?",
    "origin-alias": "May a VPC origin's domain name be another one than the load balancer's?",
    "balancer-subnets": "Can the load balancer's subnets change while it is a VPC origin?",
    "source-arn": "Does ECS name aws:SourceArn and aws:SourceAccount when it takes the execution role?",
    "efs-name": "How long until a file system's name resolves?",
    "first-breaker": "Which status has a first deployment that trips the circuit breaker?",
    "inactive-rollback": "Does ECS roll back to a revision that was deregistered?",
    "idle": "How much metered I/O and traffic has a public node that nobody uses?",
    "page-cache": "Does MemoryUtilization count NFS page cache?",
    "empty-histograms": "What becomes of histograms with a count of 0?",
    "collector-memory": "Does the collector get by with its 128 MiB?",
    "minutes-node": "How many minutes does a rolled node take?",
    "restore-encrypted": "Does a restore with Encrypted and no key work?",
    "minutes-destroy": "How many minutes does `destroy` take?",
    "delete-vpc-origin": "Is DeleteVpcOrigin accepted at once?",
    "service-security-group": "Does CloudFront's own security group go before the VPC is deleted?",
    "backup-expiry": "Does AWS Backup delete expired recovery points after the role is gone?",
}
