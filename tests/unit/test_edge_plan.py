"""The edge's endpoints, as data."""

from ipfs_cluster.edge import plan as edge


def test_endpoints_do_not_share_a_port() -> None:
    for https in (False, True):
        ports = [endpoint.port(https) for endpoint in (edge.GATEWAY, edge.API, edge.PINNING)]
        assert len(set(ports)) == 3
    assert not {e.http_port for e in (edge.GATEWAY, edge.API, edge.PINNING)} & {e.https_port for e in (edge.GATEWAY, edge.API, edge.PINNING)}, (
        "both are there while a certificate is introduced"
    )
