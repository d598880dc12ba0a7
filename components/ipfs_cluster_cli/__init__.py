"""The command `ipfs-cluster`: publishes content to a cluster and looks after it. It needs the extra `cli` of the distribution."""
