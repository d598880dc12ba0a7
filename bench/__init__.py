"""The same work against the AWS sample's task definitions, this program's and one kubo alone."""
