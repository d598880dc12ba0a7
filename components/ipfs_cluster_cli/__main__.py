"""Runs the command, also as `python -m ipfs_cluster_cli`; says what to install where its libraries are not."""

import sys


def main() -> None:
    """The console script."""
    try:
        from .commands import main as run
    except ModuleNotFoundError as error:
        sys.exit(f"error: {error.name} is not installed, which this command needs: pip install 'ipfs-cluster-pulumi[cli]'")
    run()


if __name__ == "__main__":
    main()
