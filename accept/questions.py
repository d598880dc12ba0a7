"""What only an account can answer. Each question belongs to one probe, and the report has its answer."""

from collections.abc import Mapping

QUESTIONS: Mapping[str, str] = {
    "minutes-up": "How many minutes does the first `up` take?",
    "backup-policy": "Does EFS accept PutBackupPolicy right after the file system was created?",
    "first-up-alarms": "Which alarms fire during the first deployment?",
    "second-up": "Does a second `up`, or a refresh, find changes?",
    "restart-policy": "Does ECS fill in defaults of restartPolicy, so that every `up` replaces task definitions?",
    "lifecycle-order": "In which order does EFS return lifecycle policies?",
    "trailers": "Are trailer fields dropped, over HTTP/1.1 and over HTTP/2?",
    "early-answer": "Does CloudFront continue an upload when the origin answers early?",
    "silent-upload": "How long may a slow upload be silent?",
    "origin-alias": "Can a VPC origin's domain name differ from the load balancer's?",
    "balancer-subnets": "Can the load balancer's subnets change while it is a VPC origin?",
    "source-arn": "Does ECS set aws:SourceArn and aws:SourceAccount when it assumes the execution role?",
    "efs-name": "How long until a file system's name resolves?",
    "first-breaker": "What status does a first deployment have after it trips the circuit breaker?",
    "inactive-rollback": "Does ECS roll back to a revision that was deregistered?",
    "idle": "How much metered I/O and traffic does an unused public node have?",
    "page-cache": "Does MemoryUtilization count NFS page cache?",
    "empty-histograms": "What happens to histograms with a count of 0?",
    "collector-memory": "Are 128 MiB enough for the collector?",
    "minutes-node": "How many minutes does the replacement of a node take?",
    "restore-encrypted": "Does a restore with Encrypted and no key work?",
    "minutes-destroy": "How many minutes does `destroy` take?",
    "delete-vpc-origin": "Is DeleteVpcOrigin accepted at once?",
    "service-security-group": "Is CloudFront's own security group removed before the VPC is deleted?",
    "backup-expiry": "Does AWS Backup delete expired recovery points after the role is gone?",
}
