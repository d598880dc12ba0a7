"""The Regions of the cluster: a stack and a range for each. No two ranges overlap. The first Region makes the secrets that all share."""

REGIONS = {
    "eu-west-1": ("europe", "10.94.0.0/16"),
    "us-east-1": ("america", "10.95.0.0/16"),
    # A third one: "ap-northeast-1": ("asia", "10.96.0.0/16"),
}
STACKS = {region: stack for region, (stack, _) in REGIONS.items()}
WORLD = "world"
"""The stack that joins the networks of all."""
