"""The command `ipfs-cluster`: what it takes, and what it runs."""

import click


@click.group()
def main() -> None:
    """Publish content to an IPFS cluster, and look after it."""
