"""The lines of load balancers and CloudFront, pure."""

from collections.abc import Iterator

from .prices import Assumptions, Line, Prices, Resources

# Elastic Load Balancing, "Pricing": a load balancer capacity unit is the largest of 1 GiB an hour, 25 new connections a second, and others.
_CONNECTIONS_OF_UNIT = 25


def load_balancers(resources: Resources, a: Assumptions, prices: Prices) -> Iterator[Line]:
    """Load balancers, their load, and their public addresses."""
    for balancer in resources["aws:lb/loadBalancer:LoadBalancer"]:
        yield Line("load balancer", "load balancer", 1, "load_balancer_hour", hours=True)
        if not balancer.get("internal"):
            yield Line("public IPv4 addresses", "of the load balancer", len(balancer["subnets"]), "public_ipv4_hour", hours=True)
        missed_per_second = a.requests_million * 1e6 * (100 - a.hit_percent) / 100 / (prices.hours * 3600)
        units = max((a.missed_gib + a.added_gib) / prices.hours, missed_per_second / _CONNECTIONS_OF_UNIT)
        yield Line("load balancer", "capacity units", units, "load_balancer_unit_hour", hours=True)


def distributions(resources: Resources, a: Assumptions, _: Prices) -> Iterator[Line]:
    """CloudFront, by its traffic. The number of distributions does not matter."""
    yield Line("CloudFront", "GiB to readers", a.read_gib, "cloudfront_out_gib")
    yield Line("CloudFront", "million requests", a.requests_million, "cloudfront_requests_million")
    yield Line("CloudFront", "GiB from writers", a.added_gib, "cloudfront_to_origin_gib")
    if "aws:cloudfront/function:Function" in resources:
        # The gateway's function runs before and after each answer.
        yield Line("CloudFront", "million runs of functions", 2 * a.requests_million, "cloudfront_function_million")


def key_value_stores(_: Resources, a: Assumptions, __: Prices) -> Iterator[Line]:
    """The store of the Regions that are taken out, which the function that chooses one reads before each answer."""
    yield Line("CloudFront", "million reads of which Regions are out", a.requests_million, "cloudfront_store_million")


def edge_functions(resources: Resources, a: Assumptions, _: Prices) -> Iterator[Line]:
    """Lambda@Edge: it runs before each answer, and after those of the nodes, with VPC origins after all."""
    after = 1.0 if "aws:cloudfront/vpcOrigin:VpcOrigin" in resources else (100 - a.hit_percent) / 100
    runs = a.requests_million * (1 + after)
    yield Line("CloudFront", "million runs of Lambda@Edge", runs, "lambda_edge_million")
