"""Every input's check, and that all problems are named at once."""

import copy
from typing import Any

import pulumi
import pytest
from ipfs_cluster import InvalidInput
from ipfs_cluster.edge.plan import HostedZone
from ipfs_cluster.naming import Names
from ipfs_cluster.network.zones import Zone

from tests.helpers.inputs import NAMES, ZONES, problems, resolve

ACL = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/mine/0a1b2c3d"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-1111-2222-333344445555"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:docker-hub-AbCdEf"
PEER_ID = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN"


CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"
REGIONAL = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d"
LONG = "a" * 57 + ".com"
SUBNETS = {"eu-west-1a": "subnet-1", "eu-west-1b": "subnet-2", "eu-west-1c": "subnet-3"}


# Input, and what the one problem with it starts with and mentions.
BAD: list[tuple[dict[str, Any], str, list[str]]] = [
    # Unknown keys
    ({"nodez": {}}, "nodez: there is no such input", ["network, nodes, storage"]),
    ({"nodes": {"cuont": 3}}, "nodes.cuont: there is no such input", ["count", "zones", "cpu"]),
    ({"credentials": {"identities": {"eu-west-1a": {"peer": "x"}}}}, "credentials.identities['eu-west-1a'].peer: there is no such input", ["kubo_peer_id"]),
    # Types
    ({"nodes": 3}, "nodes: 3 must be a mapping", ["count"]),
    ({"nodes": {"count": "3"}}, "nodes.count: '3' must be a whole number", []),
    ({"nodes": {"count": 2.5}}, "nodes.count: 2.5 must be a whole number", []),
    ({"nodes": {"count": True}}, "nodes.count: True must be a whole number", []),
    ({"nodes": {"zones": "eu-west-1a"}}, "nodes.zones: 'eu-west-1a' must be a list", []),
    ({"nodes": {"zones": [1]}}, "nodes.zones[0]: 1 must be a string", []),
    ({"gateway": {"open": "yes"}}, "gateway.open: 'yes' must be true or false", []),
    ({"tags": ["a"]}, "tags: ['a'] must be a map", []),
    ({"api": {"password": 12345678901234}}, "api.password: (not shown) must be a string", []),
    # Tasks
    ({"nodes": {"cpu": 333}}, "nodes.cpu: 333 is not a Fargate size", ["256, 512, 1024"]),
    ({"nodes": {"cpu": 512, "memory": 8192}}, "nodes.memory: Fargate has no 8192 MiB for nodes.cpu 512", ["1024, 2048, 3072, 4096"]),
    ({"nodes": {"cpu": 4096, "memory": 2048}}, "nodes.memory: Fargate has no 2048 MiB for nodes.cpu 4096", ["8192"]),
    ({"nodes": {"cpu": 256, "memory": 512}}, "nodes.memory: 512 MiB is too little", ["1024"]),
    ({"nodes": {"architecture": "arm64"}}, "nodes.architecture: 'arm64' must be one of:", ["ARM64, X86_64"]),
    ({"nodes": {"spot": "some"}}, "nodes.spot: 'some' must be one of:", ["none, all-but-one, all"]),
    ({"nodes": {"kubo_image": "ipfs/kubo"}}, "nodes.kubo_image: 'ipfs/kubo' does not say which version", ["tag", "digest"]),
    ({"nodes": {"cluster_image": "ipfs/ipfs-cluster:latest"}}, "nodes.cluster_image: 'ipfs/ipfs-cluster:latest' does not say", ["not latest"]),
    # Registries
    (
        {"nodes": {"registry_mirrors": {"ghcr.io": "a.example/b"}}},
        "nodes.registry_mirrors['ghcr.io']: no image comes from there",
        ["docker.io, public.ecr.aws"],
    ),
    (
        {"nodes": {"registry_mirrors": {"docker.io": "mirror"}}},
        "nodes.registry_mirrors['docker.io']: 'mirror' is not the address of a registry",
        ["pull-through-cache"],
    ),
    (
        {"nodes": {"registry_mirrors": {"docker.io": "https://a.example/b"}}},
        "nodes.registry_mirrors['docker.io']: 'https://a.example/b' is not the address",
        [],
    ),
    (
        {"nodes": {"registry_mirrors": {"docker.io": "a.example/b/"}}},
        "nodes.registry_mirrors['docker.io']: 'a.example/b/' is not the address of a registry",
        [],
    ),
    (
        {"nodes": {"registry_mirrors": {"docker.io": "pull-through-cache"}}},
        "nodes.registry_mirrors['docker.io']: ECR asks docker.io with an account only",
        ["nodes.registry_credentials['docker.io']", "ecr-pullthroughcache/", "eu-west-1"],
    ),
    (
        {"nodes": {"registry_mirrors": {"docker.io": "pull-through-cache"}, "registry_credentials": {"docker.io": SECRET}}},
        f"nodes.registry_credentials['docker.io']: {SECRET!r} cannot be used for a cache",
        ["a secret in eu-west-1", "ecr-pullthroughcache/"],
    ),
    (
        {"nodes": {"kubo_image": "a.example/kubo:v1", "registry_mirrors": {"a.example": "pull-through-cache"}}},
        "nodes.registry_mirrors['a.example']: ECR keeps caches of docker.io, ghcr.io",
        ["the address of a mirror"],
    ),
    (
        {"nodes": {"registry_credentials": {"docker.io": "docker-hub"}}},
        "nodes.registry_credentials['docker.io']: 'docker-hub' is not the ARN of a secret",
        ["AbCdEf"],
    ),
    ({"nodes": {"registry_credentials": {"ghcr.io": SECRET}}}, "nodes.registry_credentials['ghcr.io']: nothing is pulled from there", ["docker.io, public"]),
    (
        {"nodes": {"registry_mirrors": {"docker.io": "a.example/b"}, "registry_credentials": {"docker.io": SECRET}}},
        "nodes.registry_credentials['docker.io']: nothing is pulled from there",
        ["a.example, public.ecr.aws"],
    ),
    ({"nodes": {"registry_credentials": {"public.ecr.aws": SECRET}}}, "nodes.registry_credentials['public.ecr.aws']: ECR takes none", ["leave it out"]),
    (
        {"nodes": {"registry_credentials": {"docker.io": SECRET}, "registry_credentials_key_arn": "mine"}},
        "nodes.registry_credentials_key_arn: 'mine' is not the ARN of a KMS key",
        ["arn:aws:kms:"],
    ),
    ({"nodes": {"registry_credentials_key_arn": KEY}}, "nodes.registry_credentials_key_arn: is for nodes.registry_credentials", ["leave it out"]),
    # Nodes and zones
    ({"nodes": {"count": 0}}, "nodes.count: 0 is too few", ["1"]),
    ({"nodes": {"count": 10}}, "nodes.count: 10 is too many for 3 zone(s) (eu-west-1a, eu-west-1b, eu-west-1c)", ["up to 9"]),
    ({"nodes": {"count": 4, "zones": ["eu-west-1b"]}}, "nodes.count: 4 is too many for 1 zone(s) (eu-west-1b)", ["up to 3"]),
    ({"nodes": {"zones": []}}, "nodes.zones: the list is empty", ["name at least one"]),
    ({"nodes": {"zones": ["eu-west-1z", "eu-west-1a"]}}, "nodes.zones: 'eu-west-1z' cannot hold a node", ["eu-west-1a, eu-west-1b"]),
    ({"nodes": {"zones": ["eu-west-1a", "eu-west-1a"]}}, "nodes.zones: 'eu-west-1a' is listed 2 times", ["nodes.count"]),
    # Network
    ({"network": {"cidr": "10.0.0.0"}}, "network.cidr: '10.0.0.0' has a /32 prefix", ["/16 to /22"]),
    ({"network": {"cidr": "10.0.0.0/8"}}, "network.cidr: '10.0.0.0/8' has a /8 prefix", ["/16 to /22"]),
    ({"network": {"cidr": "10.0.0.1/16"}}, "network.cidr: '10.0.0.1/16' is not an IPv4 range", ["10.94.0.0/16"]),
    ({"network": {"cidr": "52.0.0.0/16"}}, "network.cidr: '52.0.0.0/16' is not a private range", ["10.0.0.0/8"]),
    ({"network": {"vpc_id": "vpc-1"}}, "network.subnet_ids: an existing VPC", ["one public subnet for each zone"]),
    (
        {"network": {"vpc_id": "my-vpc", "subnet_ids": {"eu-west-1a": "subnet-1"}}, "edge": {"mode": "none"}},
        "network.vpc_id: 'my-vpc' is not the ID of a VPC",
        ["vpc-0123"],
    ),
    ({"network": {"subnet_ids": {"eu-west-1a": "subnet-1"}}}, "network.subnet_ids: subnets were given without the VPC", ["network.vpc_id"]),
    (
        {"network": {"vpc_id": "vpc-1", "subnet_ids": {"eu-west-1a": "x"}}, "edge": {"mode": "none"}},
        "network.subnet_ids['eu-west-1a']: 'x' is not the ID of a subnet",
        ["subnet-0123"],
    ),
    (
        {"network": {"vpc_id": "vpc-1", "subnet_ids": {"eu-west-1a": "subnet-1"}}, "nodes": {"zones": ["eu-west-1a", "eu-west-1b"]}, "edge": {"mode": "none"}},
        "nodes.zones: 'eu-west-1b' has no subnet",
        ["network.subnet_ids"],
    ),
    (
        {"network": {"vpc_id": "vpc-1", "subnet_ids": {"eu-west-1a": "subnet-1"}}, "nodes": {"count": 4}, "edge": {"mode": "none"}},
        "nodes.count: 4 is too many for 1 zone(s) (eu-west-1a)",
        ["up to 3"],
    ),
    (
        {"network": {"vpc_id": "vpc-1", "subnet_ids": {"eu-west-1a": "subnet-1"}, "use_default_vpc": True}, "edge": {"mode": "none"}},
        "network.use_default_vpc: true contradicts network.vpc_id",
        [],
    ),
    # Storage, swarm, pinning, gateway
    ({"storage": {"max_gib": 0}}, "storage.max_gib: 0 is too low", ["1"]),
    ({"storage": {"kms_key_arn": "alias/mine"}}, "storage.kms_key_arn: 'alias/mine' is not the ARN of a KMS key", ["arn:aws:kms:"]),
    ({"swarm": {"mode": "hidden"}}, "swarm.mode: 'hidden' must be one of:", ["public, private"]),
    ({"swarm": {"routing": "auto"}}, "swarm.routing: 'auto' must be one of:", ["dht"]),
    ({"swarm": {"bootstrap_peers": ["example.com:4001"]}}, "swarm.bootstrap_peers[0]: 'example.com:4001' is not the multiaddress of a peer", ["/p2p/"]),
    ({"swarm": {"conn_mgr_low_water": 100}}, "swarm.conn_mgr_low_water: 100 must be less than swarm.conn_mgr_high_water", ["96"]),
    ({"swarm": {"conn_mgr_low_water": 0}}, "swarm.conn_mgr_low_water: 0 is too low", ["1"]),
    ({"swarm": {"mode": "private"}, "pinning": {"replication_min": 3, "replication_max": 2}}, "pinning.replication_min: 3 is above", ["which is 2"]),
    ({"swarm": {"mode": "private"}, "pinning": {"replication_min": 2, "replication_max": 4}}, "pinning.replication_max: 4 is above the number", ["which is 3"]),
    (
        {"pinning": {"replication_min": -1, "replication_max": 2}, "gateway": {"open": True}},
        "pinning.replication_min: -1 does not go together with pinning.replication_max 2",
        ["-1 for both"],
    ),
    (
        {"pinning": {"replication_min": 0, "replication_max": 0}, "gateway": {"open": True}},
        "pinning.replication_min: 0 does not go together with pinning.replication_max 0",
        ["1 to 3"],
    ),
    ({"pinning": {"replication_min": 1, "replication_max": 2}}, "gateway.open: false with pinning.replication_max 2 in the public swarm", ["404", "private"]),
    ({"gateway": {"open": True}, "swarm": {"mode": "private"}}, "gateway.open: true needs the public swarm", ["swarm.mode"]),
    # Credentials
    ({"api": {"username": "a:b"}}, "api.username: 'a:b' is not a user name", ["`:`"]),
    ({"api": {"password": "long enough, but"}}, "api.password: (not shown) has a character", ["`,`"]),
    ({"api": {"password": "colon:in:the:password"}}, "api.password: (not shown) has a character", ["`:`"]),
    ({"api": {"password": "short"}}, "api.password: (not shown) has 5 characters", ["12 or more"]),
    ({"api": {"username": "me"}, "credentials": {"api_credentials_parameter": "/mine"}}, "api.username: contradicts", ["give one of the two"]),
    ({"credentials": {"kms_key_arn": "0a1b2c3d"}}, "credentials.kms_key_arn: '0a1b2c3d' is not the ARN of a KMS key", ["arn:aws:kms:"]),
    (
        {"credentials": {"cluster_secret_parameter": "arn:aws:ssm:eu-west-1:123456789012:parameter/x"}},
        "credentials.cluster_secret_parameter: 'arn:aws:ssm:eu-west-1:123456789012:parameter/x' is not the name of an SSM parameter",
        ["not its ARN"],
    ),
    ({"credentials": {"api_credentials_parameter": "prod/ipfs"}}, "credentials.api_credentials_parameter: 'prod/ipfs' is not the name", ["/prod/ipfs"]),
    ({"credentials": {"api_password_version": 0}}, "credentials.api_password_version: 0 is too low", ["1"]),
    ({"credentials": {"swarm_key_parameter": "/mine"}}, "credentials.swarm_key_parameter: the public swarm has no key", ["swarm.mode"]),
    (
        {"credentials": {"identities": {"eu-west-1a-2": {"kubo_peer_id": PEER_ID, "kubo_private_key_parameter": "/k"}}}},
        "credentials.identities['eu-west-1a-2']: there is no such node",
        ["eu-west-1a, eu-west-1b, eu-west-1c"],
    ),
    (
        {"credentials": {"identities": {"eu-west-1a": {"cluster_peer_id": PEER_ID}}}},
        "credentials.identities['eu-west-1a']: cluster_peer_id and cluster_private_key_parameter must be given together",
        [],
    ),
    (
        {"credentials": {"identities": {"eu-west-1a": {"kubo_peer_id": "me", "kubo_private_key_parameter": "/k"}}}},
        "credentials.identities['eu-west-1a'].kubo_peer_id: 'me' is not a peer ID",
        ["12D3KooW"],
    ),
    # Settings that the program owns
    ({"nodes": {"kubo_config": {"Datastore.StorageMax": "1TB"}}}, "nodes.kubo_config['Datastore.StorageMax']: the program sets this", ["storage.max_gib"]),
    ({"nodes": {"kubo_config": {"Swarm": {}}}}, "nodes.kubo_config['Swarm']: the program sets this", ["one by one"]),
    ({"nodes": {"kubo_config": {"Gateway; rm -rf /": 1}}}, "nodes.kubo_config['Gateway; rm -rf /']: is not the name of a kubo setting", ["Gateway.Max"]),
    ({"nodes": {"cluster_environment": {"CLUSTER_SECRET": "x"}}}, "nodes.cluster_environment['CLUSTER_SECRET']: the program sets this", ["credentials"]),
    (
        {"nodes": {"cluster_environment": {"CLUSTER_REPLICATIONFACTORMAX": "2"}}},
        "nodes.cluster_environment['CLUSTER_REPLICATIONFACTORMAX']: the program sets this",
        ["pinning.replication_max"],
    ),
    ({"nodes": {"cluster_environment": {"PATH": "/"}}}, "nodes.cluster_environment['PATH']: is not a setting of ipfs-cluster", ["CLUSTER_"]),
    (
        {"nodes": {"cluster_environment": {"CLUSTER_PINSVCAPI_HTTPLISTENMULTIADDRESS": "/ip4/0.0.0.0/tcp/9097"}}},
        "nodes.cluster_environment['CLUSTER_PINSVCAPI_HTTPLISTENMULTIADDRESS']: the program sets this",
        ["api.pinning_service, which gives it credentials"],
    ),
    ({"nodes": {"kubo_config": {"Gateway.PublicGateways": {}}}}, "nodes.kubo_config['Gateway.PublicGateways']: the program", ["edge.subdomain_gateway"]),
    # The edge
    ({"edge": {"mode": "nginx"}}, "edge.mode: 'nginx' must be one of:", ["cloudfront, load-balancer, none"]),
    ({"edge": {"scheme": "public", "domain": "a.example.com", "zone_id": "Z123"}}, "edge.scheme: 'public' must be one of:", ["internal, internet-facing"]),
    ({"edge": {"price_class": "100"}}, "edge.price_class: '100' must be one of:", ["PriceClass_100"]),
    ({"edge": {"mode": "none", "domain": "a.example.com"}}, "edge.domain: has no effect with edge.mode none", []),
    ({"edge": {"mode": "none", "scheme": "internet-facing"}}, "edge.scheme: 'internet-facing' needs a load balancer", ["edge.mode is none"]),
    ({"edge": {"mode": "load-balancer", "gateway_web_acl_arn": ACL}}, "edge.gateway_web_acl_arn: belongs to CloudFront", ["edge.mode is load-balancer"]),
    ({"edge": {"mode": "load-balancer", "allowed_countries": ["DE"]}}, "edge.allowed_countries: belongs to CloudFront", []),
    (
        {"edge": {"mode": "load-balancer", "scheme": "internet-facing", "domain": "a.example.com", "zone_id": "Z123"}},
        "edge.allowed_cidrs: an internet-facing load balancer without CloudFront needs the ranges of its clients",
        ["203.0.113.0/24"],
    ),
    ({"edge": {"allowed_cidrs": ["203.0.113.0/24"]}}, "edge.allowed_cidrs: ranges of clients are for edge.mode load-balancer", ["only CloudFront"]),
    ({"edge": {"mode": "load-balancer", "allowed_cidrs": ["203.0.113.0/24"]}}, "edge.allowed_cidrs: ranges of clients are for", ["admits the VPC"]),
    (
        {
            "edge": {
                "mode": "load-balancer",
                "scheme": "internet-facing",
                "domain": "a.example.com",
                "zone_id": "Z123",
                "allowed_cidrs": ["203.0.113.5/24"],
            }
        },
        "edge.allowed_cidrs[0]: '203.0.113.5/24' is not an IPv4 range",
        ["203.0.113.0/24"],
    ),
    (
        {
            "edge": {
                "mode": "load-balancer",
                "scheme": "internet-facing",
                "domain": "a.example.com",
                "zone_id": "Z123",
                "allowed_cidrs": ["203.0.113.0/24"] * 2,
            }
        },
        "edge.allowed_cidrs: 203.0.113.0/24 is listed more than once",
        [],
    ),
    ({"edge": {"scheme": "internet-facing"}}, "edge.scheme: an internet-facing load balancer without a certificate would take passwords", ["edge.zone_id"]),
    ({"edge": {"domain": "a.example.com"}}, "edge.domain: 'a.example.com' needs edge.zone_id", ["edge.certificate_arn", "us-east-1"]),
    ({"edge": {"mode": "load-balancer", "domain": "a.example.com"}}, "edge.domain: 'a.example.com' needs edge.zone_id", ["edge.load_balancer_certificate_arn"]),
    ({"edge": {"domain": "A.example.com", "zone_id": "Z123"}}, "edge.domain: 'A.example.com' is not a domain name", ["lower case"]),
    ({"edge": {"domain": "localhost", "zone_id": "Z123"}}, "edge.domain: 'localhost' is not a domain name", []),
    ({"edge": {"domain": "x" * 60 + ".a" * 63, "zone_id": "Z123"}}, "edge.domain: 'xxx", []),
    ({"edge": {"zone_id": "Z123"}}, "edge.zone_id: was given without the domain", ["edge.domain"]),
    ({"edge": {"domain": "a.example.com", "zone_id": "example.com"}}, "edge.zone_id: 'example.com' is not the ID of a hosted zone", ["Z0123"]),
    ({"edge": {"certificate_arn": CERTIFICATE}}, "edge.certificate_arn: was given without the domain", ["edge.domain"]),
    ({"edge": {"domain": "a.example.com", "certificate_arn": REGIONAL}}, f"edge.certificate_arn: '{REGIONAL}' is in eu-west-1", ["us-east-1 is needed"]),
    (
        {"edge": {"domain": "a.example.com", "zone_id": "Z123", "load_balancer_certificate_arn": CERTIFICATE}},
        f"edge.load_balancer_certificate_arn: '{CERTIFICATE}' is in us-east-1",
        ["eu-west-1 is needed"],
    ),
    (
        {"edge": {"domain": "a.example.com", "certificate_arn": "mine"}},
        "edge.certificate_arn: 'mine' is not the ARN of an ACM certificate",
        ["arn:aws:acm:us-east-1"],
    ),
    ({"edge": {"subdomain_gateway": True}}, "edge.subdomain_gateway: needs its own names", ["edge.domain"]),
    (
        {"edge": {"domain": "a.example.com", "certificate_arn": CERTIFICATE, "subdomain_gateway": True}},
        "edge.subdomain_gateway: needs HTTPS on the load balancer",
        ["edge.load_balancer_certificate_arn"],
    ),
    ({"edge": {"domain": "a.example.com", "zone_id": "Z123", "gateway_name": "*"}}, "edge.gateway_name: '*' is not a name within a domain", ["@"]),
    ({"edge": {"domain": LONG, "zone_id": "Z123"}}, f"edge.domain: 'api.{LONG}' has 65 characters", ["64", "edge.api_name"]),
    ({"edge": {"domain": "a.example.com", "zone_id": "Z123", "api_name": "gateway"}}, "edge.api_name: 'gateway' is the gateway's name too", []),
    ({"edge": {"allowed_countries": ["DE"], "blocked_countries": ["FR"]}}, "edge.blocked_countries: contradicts edge.allowed_countries", []),
    ({"edge": {"allowed_countries": ["Germany"]}}, "edge.allowed_countries[0]: 'Germany' is not a country code", ["DE"]),
    ({"edge": {"api_web_acl_arn": ACL.replace("us-east-1", "eu-west-1")}}, "edge.api_web_acl_arn: 'arn:aws:wafv2:eu-west-1", ["us-east-1", "global"]),
    ({"edge": {"access_log_days": -1}}, "edge.access_log_days: -1 is not a number of days", ["0 for no access logs"]),
    # The load balancer's subnets
    ({"network": {"load_balancer_subnet_ids": SUBNETS}}, "network.load_balancer_subnet_ids: subnets were given without the VPC", ["network.vpc_id"]),
    (
        {"network": {"vpc_id": "vpc-1", "subnet_ids": {"eu-west-1a": "subnet-1"}}},
        "network.subnet_ids: a load balancer needs subnets in at least 2 zones",
        ["network.load_balancer_subnet_ids", "edge.mode to none"],
    ),
    (
        {"network": {"vpc_id": "vpc-1", "subnet_ids": SUBNETS, "load_balancer_subnet_ids": {"eu-west-1a": "subnet-4", "eu-west-1b": "subnet-5"}}},
        "network.load_balancer_subnet_ids: eu-west-1c has a node but no subnet here",
        [],
    ),
    (
        {"network": {"vpc_id": "vpc-1", "subnet_ids": SUBNETS, "load_balancer_subnet_ids": {**SUBNETS, "eu-west-1d": "subnet-5"}}},
        "network.load_balancer_subnet_ids: 'eu-west-1d' cannot have a CloudFront VPC origin here",
        ["eu-west-1a, eu-west-1b, eu-west-1c", "internet-facing"],
    ),
    (
        {"network": {"vpc_id": "vpc-1", "subnet_ids": SUBNETS, "load_balancer_subnet_ids": {**SUBNETS, "eu-west-1a": "mine"}}},
        "network.load_balancer_subnet_ids['eu-west-1a']: 'mine' is not the ID of a subnet",
        ["subnet-0123"],
    ),
    (
        {"network": {"vpc_id": "vpc-1", "subnet_ids": SUBNETS, "load_balancer_subnet_ids": SUBNETS}, "edge": {"mode": "none"}},
        "network.load_balancer_subnet_ids: there is no load balancer",
        [],
    ),
    # Readers and writers
    ({"gateway": {"authentication": "password"}}, "gateway.authentication: 'password' must be one of:", ["none, basic, token"]),
    ({"gateway": {"authentication": "basic"}, "edge": {"mode": "none"}}, "gateway.authentication: 'basic' is checked by CloudFront", ["edge.mode"]),
    ({"gateway": {"password": "long-enough-12"}}, "gateway.password: is for gateway.authentication basic", ["which is none"]),
    ({"gateway": {"authentication": "basic", "password": "short"}}, "gateway.password: (not shown) has 5 characters", ["12 or more"]),
    ({"gateway": {"authentication": "basic", "username": "a:b"}}, "gateway.username: 'a:b' is not a user name", ["`:`"]),
    (
        {"gateway": {"authentication": "token", "user_pool_id": "eu-west-1_aBc"}},
        "gateway.user_pool_id: must be given together with gateway.user_pool_client_id",
        [],
    ),
    (
        {"gateway": {"authentication": "token", "user_pool_id": "mine", "user_pool_client_id": "x"}},
        "gateway.user_pool_id: 'mine' is not the ID of a user pool",
        ["eu-west-1_"],
    ),
    ({"api": {"pinning_service_username": "me"}}, "api.pinning_service_username: is for the Pinning Service API, which is off", ["api.pinning_service"]),
    ({"api": {"pinning_service": True, "pinning_service_password": ""}}, "api.pinning_service_password: (not shown) has 0 characters", ["12"]),
    ({"api": {"pinning_service": True, "pinning_service_username": ""}}, "api.pinning_service_username: '' is not a user name", []),
    ({"credentials": {"gateway_password_version": 0}, "gateway": {"authentication": "basic"}}, "credentials.gateway_password_version: 0 is too low", ["1"]),
    (
        {"credentials": {"pinning_service_password_version": 0}, "api": {"pinning_service": True}},
        "credentials.pinning_service_password_version: 0 is too low",
        ["1"],
    ),
    # File systems and backups
    ({"storage": {"file_system": "standard"}}, "storage.file_system: 'standard' must be one of:", ["one-zone, regional"]),
    ({"storage": {"throughput_mode": "max"}}, "storage.throughput_mode: 'max' must be one of:", ["elastic, bursting, provisioned"]),
    (
        {"storage": {"throughput_mode": "provisioned"}},
        "storage.provisioned_throughput_mibps: storage.throughput_mode provisioned needs the figure",
        ["elastic"],
    ),
    ({"storage": {"provisioned_throughput_mibps": 8}}, "storage.provisioned_throughput_mibps: is for storage.throughput_mode provisioned", ["elastic"]),
    (
        {"storage": {"throughput_mode": "provisioned", "provisioned_throughput_mibps": 0}},
        "storage.provisioned_throughput_mibps: EFS does not offer 0",
        ["3414"],
    ),
    ({"storage": {"datastore": "badger"}}, "storage.datastore: 'badger' must be one of:", ["flatfs, pebble, s3"]),
    (
        {"storage": {"datastore": "s3"}},
        "nodes.kubo_image: 'ipfs/kubo:v0.43.1' has no s3ds datastore, which storage.datastore s3 needs",
        ["docs/configuration.md"],
    ),
    (
        {"storage": {"datastore": "s3", "existing": {"eu-west-1a": {"file_system_id": "fs-1"}}}, "nodes": {"kubo_image": "own/kubo:1"}},
        "storage.existing['eu-west-1a'].bucket: is required with storage.datastore s3",
        ["the node's blocks"],
    ),
    (
        {"storage": {"existing": {"eu-west-1a": {"file_system_id": "fs-1", "bucket": "b"}}}},
        "storage.existing['eu-west-1a'].bucket: is for blocks in S3",
        ["storage.datastore to s3"],
    ),
    ({"storage": {"unixfs_profile": "v1"}}, "storage.unixfs_profile: 'v1' must be one of:", ["unixfs-v1-2025"]),
    ({"storage": {"transition_to_ia_days": 10}}, "storage.transition_to_ia_days: EFS does not offer 10 days", ["7, 14, 30"]),
    (
        {"storage": {"transition_to_ia_days": 7, "transition_to_archive_days": 90}},
        "storage.transition_to_archive_days: one-zone file systems have no Archive class",
        ["regional"],
    ),
    (
        {"storage": {"file_system": "regional", "throughput_mode": "bursting", "transition_to_ia_days": 7, "transition_to_archive_days": 90}},
        "storage.transition_to_archive_days: the Archive class needs storage.throughput_mode elastic",
        ["bursting"],
    ),
    (
        {"storage": {"file_system": "regional", "transition_to_archive_days": 90}},
        "storage.transition_to_archive_days: a file goes to Infrequent Access first",
        ["transition_to_ia_days"],
    ),
    (
        {"storage": {"file_system": "regional", "transition_to_ia_days": 90, "transition_to_archive_days": 90}},
        "storage.transition_to_archive_days: 90 must be more than storage.transition_to_ia_days, which is 90",
        [],
    ),
    ({"storage": {"existing": {"eu-west-1d": {"file_system_id": "fs-1"}}}}, "storage.existing['eu-west-1d']: there is no such node", ["eu-west-1a"]),
    ({"storage": {"existing": {"eu-west-1a": {}}}}, "storage.existing['eu-west-1a'].file_system_id: is required", ["fs-0123"]),
    ({"storage": {"existing": {"eu-west-1a": {"file_system_id": "mine"}}}}, "storage.existing['eu-west-1a'].file_system_id: 'mine' is not such an ID", ["fs-"]),
    (
        {"storage": {"existing": {"eu-west-1a": {"file_system_id": "fs-1", "kubo_access_point_id": "fsap-1"}}}},
        "storage.existing['eu-west-1a']: kubo_access_point_id and cluster_access_point_id must be given together",
        [],
    ),
    ({"storage": {"existing": {"eu-west-1a": {"file_system_id": "fs-1", "path": "old"}}}}, "storage.existing['eu-west-1a'].path: 'old' is not a directory", []),
    ({"backup": {"nodes": "two"}}, "backup.nodes: 'two' must be one of:", ["none, one, all"]),
    (
        {"backup": {"nodes": "one"}, "swarm": {"mode": "private"}, "pinning": {"replication_min": 1, "replication_max": 2}},
        "backup.nodes: one node does not hold all pins",
        ["all"],
    ),
    ({"backup": {"schedule": "daily"}}, "backup.schedule: 'daily' is not a cron expression", ["cron(0 3 * * ? *)"]),
    ({"backup": {"schedule": "rate(1 day)"}}, "backup.schedule: 'rate(1 day)' is not a cron expression", []),
    ({"backup": {"retention_days": 0}}, "backup.retention_days: 0 is too low", ["none"]),
    ({"backup": {"cold_storage_days": 0}}, "backup.cold_storage_days: 0 is too low", []),
    ({"backup": {"cold_storage_days": 30}}, "backup.retention_days: 35 is too low", ["use 120"]),
    ({"backup": {"pinset_schedule": "daily"}}, "backup.pinset_schedule: 'daily' is not a schedule", ["rate(1 day)", "never"]),
    ({"backup": {"pinset_retention_days": 0}}, "backup.pinset_retention_days: 0 is too low", []),
    ({"backup": {"pinset_image": "amazon/aws-cli"}}, "backup.pinset_image: 'amazon/aws-cli' does not say which version", ["tag"]),
    ({"backup": {"vault_name": "my vault"}}, "backup.vault_name: 'my vault' is not the name of a backup vault", []),
    # Monitoring and tags
    ({"monitoring": {"log_retention_days": 31}}, "monitoring.log_retention_days: CloudWatch does not offer 31 days", ["30, 60"]),
    ({"monitoring": {"container_insights": "on"}}, "monitoring.container_insights: 'on' must be one of:", ["enhanced"]),
    ({"tags": {"ipfs-cluster": "mine"}}, "tags['ipfs-cluster']: the program sets such tags itself", ["file systems and costs", "another key"]),
    ({"tags": {"ipfs-cluster-node": "mine"}}, "tags['ipfs-cluster-node']: the program sets such tags itself", []),
    ({"tags": {"aws:mine": "x"}}, "tags['aws:mine']: AWS does not take such a key", ["128"]),
    ({"tags": {"key": "x" * 257}}, "tags['key']: the value has 257 characters", ["256"]),
]


@pytest.mark.parametrize(("given", "start", "mentions"), BAD, ids=[start[:70] for _, start, _ in BAD])
def test_bad_input_is_refused(given: dict[str, Any], start: str, mentions: list[str]) -> None:
    (problem,) = problems(given)
    assert problem.startswith(start)
    for mentioned in mentions:
        assert mentioned in problem
    assert problem.endswith(".")


def test_all_problems_are_named_at_once() -> None:
    found = problems(
        {
            "nodez": {},
            "nodes": {"cuont": 5, "cpu": 333, "spot": "some", "memory": "much", "kubo_config": []},
            "gateway": "open",
            "tags": {"a": 1},
            "swarm": {"mode": "hidden"},
            "api": {"password": "short"},
            "storage": {"kms_key_arn": "mine"},
            "monitoring": {"log_retention_days": 2},
        }
    )
    assert [problem.split(":")[0] for problem in found] == [
        "nodez",
        "nodes.cuont",
        "nodes.memory",
        "nodes.kubo_config",
        "gateway",
        "tags['a']",
        "nodes.cpu",
        "nodes.spot",
        "storage.kms_key_arn",
        "swarm.mode",
        "api.password",
        "monitoring.log_retention_days",
    ]


@pytest.mark.parametrize(
    ("names", "start"),
    [
        (Names("Ipfs", "dev", "p"), "name: 'Ipfs' becomes part of DNS names"),
        (Names("aws-ipfs", "dev", "p"), "name: 'aws-ipfs' becomes the start of SSM parameter paths"),
        (Names("a" * 17, "dev", "p"), f"name: '{'a' * 17}' has 17 characters, which is too long for a target group's name"),
        (Names("ipfs", "s" * 64, "p"), f"the stack's name: '{'s' * 64}' has 64 characters"),
        (Names("ipfs", "dev", "p" * 64), f"the project's name: '{'p' * 64}' has 64 characters"),
    ],
)
def test_names_that_cannot_become_what_they_must(names: Names, start: str) -> None:
    (problem,) = problems({}, names)
    assert problem.startswith(start)


def test_the_longest_names_that_are_taken() -> None:
    resolve({}, Names("a" * 16, "dev", "p"))
    assert len("a" * 16 + "-gateway" + "-1234567") == 32
    resolve({"edge": {"mode": "none"}}, Names("a" * 35, "dev", "p"))
    assert len("a" * 35 + "-eu-west-1a" + "-execution-1234567") == 64
    (problem,) = problems({"edge": {"mode": "none"}}, Names("a" * 36, "dev", "p"))
    assert problem.startswith(f"name: '{'a' * 36}' has 36 characters, which is too long for IAM role names")


@pytest.mark.parametrize("name", ["internal", "internal-ipfs"])
def test_names_that_no_load_balancer_may_have(name: str) -> None:
    (problem,) = problems({}, Names(name, "dev", "p"))
    assert problem.startswith(f"name: {name!r}: Elastic Load Balancing does not let")
    resolve({"edge": {"mode": "none"}}, Names(name, "dev", "p"))
    resolve({}, Names("internals", "dev", "p"))


def test_long_names_with_certificates_of_ones_own() -> None:
    resolve({"edge": {"domain": LONG, "zone_id": "Z123", "certificate_arn": CERTIFICATE, "load_balancer_certificate_arn": REGIONAL}})
    resolve({"edge": {"domain": LONG, "zone_id": "Z123", "api_name": "a"}})


@pytest.mark.parametrize(
    ("domain", "zone", "message"),
    [
        ("ipfs.example.org", HostedZone("example.com", False), "edge.domain: 'ipfs.example.org' is not within the hosted zone example.com"),
        ("badexample.com", HostedZone("example.com.", False), "edge.domain: 'badexample.com' is not within the hosted zone example.com"),
        ("ipfs.example.com", HostedZone("example.com", True), "edge.domain: 'ipfs.example.com' needs a public hosted zone"),
    ],
)
def test_a_domain_must_be_in_its_zone(domain: str, zone: HostedZone, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        resolve({"edge": {"domain": domain, "zone_id": "Z123"}}, zone=zone)
    (problem,) = refused.value.problems
    assert problem.startswith(message)


@pytest.mark.parametrize("domain", ["example.com", "ipfs.example.com", "a.b.c.example.com"])
def test_domains_in_their_zone(domain: str) -> None:
    resolve({"edge": {"domain": domain, "zone_id": "Z123"}}, zone=HostedZone("example.com.", False))


def test_a_region_without_one_zone_is_refused() -> None:
    (problem,) = problems({}, region="il-central-1")
    assert problem.startswith("aws:region: il-central-1 has no EFS One Zone; set storage.file_system to regional, or use one of af-south-1,")
    assert "eu-west-1" in problem


def test_a_region_without_one_zone_takes_a_regional_file_system() -> None:
    (problem,) = problems({"storage": {"file_system": "regional"}}, region="us-gov-west-1")
    assert problem.startswith("aws:region: nodes cannot be in us-gov-west-1")
    assert "il-central-1" in problem
    available = [Zone(f"il-central-1{letter}", f"ilc1-az{number}") for number, letter in enumerate("abc", 1)]
    settings = resolve({"storage": {"file_system": "regional"}}, region="il-central-1", zones=available)
    assert settings.nodes.zones == ["il-central-1a", "il-central-1b", "il-central-1c"]


def test_outputs_are_refused_where_a_value_must_be_known() -> None:
    (problem,) = problems({"nodes": {"count": pulumi.Output.from_input(3)}})
    assert problem.startswith("nodes.count: is an output of another resource")
    resolve(
        {
            "storage": {"kms_key_arn": pulumi.Output.from_input(KEY)},
            "network": {
                "vpc_id": pulumi.Output.from_input("vpc-1"),
                "subnet_ids": {zone: pulumi.Output.from_input("s") for zone in ("eu-west-1a", "eu-west-1b")},
            },
        }
    )


GOOD: list[dict[str, Any]] = [
    {},
    {"nodes": {"count": 9}},
    {"nodes": {"count": 1, "zones": ["eu-west-1c"], "cpu": 16384, "memory": 122880, "architecture": "X86_64", "spot": "all"}},
    {"nodes": {"kubo_image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/kubo@sha256:" + "a" * 64, "cluster_image": "localhost:5000/c:v1"}},
    {"nodes": {"kubo_config": {"Gateway.MaxConcurrentRequests": 512}, "cluster_environment": {"CLUSTER_STATELESS_CONCURRENTPINS": "20"}}},
    {"network": {"cidr": "192.168.4.0/22"}},
    {"network": {"use_default_vpc": True}},
    {"storage": {"kms_key_arn": KEY}, "credentials": {"kms_key_arn": KEY}},
    {"pinning": {"replication_min": 1, "replication_max": 2}, "swarm": {"mode": "private"}},
    {"pinning": {"replication_min": 2, "replication_max": 3}, "gateway": {"open": True}},
    {"api": {"username": "me", "password": "Ünïcode-and-$ymbols"}},
    {"credentials": {"cluster_secret_parameter": "flat-name", "api_credentials_parameter": "/a/b"}},
    {"tags": {"team": "storage"}},
    {"edge": {"mode": "none"}, "api": {"pinning_service": True}},
    {"edge": {"mode": "load-balancer"}},
    {"edge": {"domain": "a.example.com", "certificate_arn": CERTIFICATE}},
    {"edge": {"domain": "a.example.com", "zone_id": "Z123", "subdomain_gateway": True, "gateway_name": "@", "api_name": "a.b"}},
    {
        "edge": {
            "mode": "load-balancer",
            "scheme": "internet-facing",
            "domain": "a.example.com",
            "load_balancer_certificate_arn": REGIONAL,
            "allowed_cidrs": ["0.0.0.0/0"],
        }
    },
    {"gateway": {"authentication": "token", "user_pool_id": "us-west-2_aBc", "user_pool_client_id": "x"}},
    {"gateway": {"authentication": "basic", "username": "me", "password": "long-enough-12"}},
    {"api": {"pinning_service": True, "pinning_service_username": "me", "pinning_service_password": "long-enough-12"}},
    {"credentials": {"api_credentials_parameter": "/mine"}, "api": {"pinning_service": True}},
    {"network": {"vpc_id": "vpc-1", "subnet_ids": SUBNETS, "load_balancer_subnet_ids": SUBNETS}},
    {"storage": {"file_system": "regional", "transition_to_ia_days": 30, "transition_to_archive_days": 90}},
    {"storage": {"throughput_mode": "provisioned", "provisioned_throughput_mibps": 3414}},
    {"storage": {"datastore": "s3"}, "nodes": {"kubo_image": "own/kubo:1"}},
    {"storage": {"existing": {"eu-west-1c": {"file_system_id": "fs-1", "path": "/aws-backup-restore_2026-11-22T10-00-00"}}}},
    {"backup": {"pinset_schedule": "rate(12 hours)", "pinset_image": "public.ecr.aws/aws-cli/aws-cli:2.20.0"}},
    {"backup": {"pinset_schedule": "cron(0 4 * * ? *)"}},
    {"backup": {"pinset_schedule": "never"}},
    {"backup": {"nodes": "all", "retention_days": 120, "cold_storage_days": 30, "vault_name": "mine"}},
]


@pytest.mark.parametrize("given", GOOD, ids=str)
def test_good_input_is_taken(given: dict[str, Any]) -> None:
    before = copy.deepcopy(given)
    resolve(given)
    assert given == before, "the user's own values are left as they are"


def test_nothing_is_required() -> None:
    settings = resolve({})
    assert settings.nodes.zones == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    assert settings.nodes.count == 3
    assert settings.swarm.mode == "public"
    assert len(settings.swarm.entry_peers) == 6


def test_a_private_swarm_bootstraps_from_no_one() -> None:
    assert resolve({"swarm": {"mode": "private"}}).swarm.entry_peers == []
    own = ["/dns4/a.example/tcp/4001/p2p/12D3KooWx"]
    assert resolve({"swarm": {"mode": "private", "bootstrap_peers": own}}).swarm.entry_peers == own


def test_numbers_that_come_as_floats_become_whole() -> None:
    count = resolve({"nodes": {"count": 5.0, "cpu": 1024.0, "memory": 4096.0}}).nodes.count
    assert count == 5
    assert isinstance(count, int)


def test_a_zone_that_aws_adds_moves_no_node() -> None:
    more = [*ZONES, Zone("eu-west-1d", "euw1-az2")]
    settings = resolve({}, zones=more)
    assert settings.nodes.zones == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]


def test_a_huge_number_of_nodes_is_refused_before_it_is_placed() -> None:
    import tracemalloc

    tracemalloc.start()
    (problem,) = problems({"nodes": {"count": 10**7}})
    assert problem.startswith("nodes.count: 10000000 is too many for 3 zone(s)")
    assert tracemalloc.get_traced_memory()[1] < 10**7, "a place each would take a hundred times as much"
    tracemalloc.stop()


def test_names_that_are_another_clusters_in_one_word_are_refused() -> None:
    """Project ipfs-cluster with stack dev, and project ipfs with stack cluster-dev, have the same dashboard."""
    other = "arn:aws:ssm:eu-west-1:123456789012:parameter/ipfs/ipfs-cluster/dev/stack"
    own = "arn:aws:ssm:eu-west-1:123456789012:parameter/ipfs/ipfs/cluster-dev/stack"
    names = Names("ipfs", "cluster-dev", "ipfs")
    assert names.flat == NAMES.flat
    resolve({}, names, parameter_arns=[own])
    (problem,) = problems({}, names, parameter_arns=[other, own])
    assert problem == (
        "name: 'ipfs' in stack 'cluster-dev' of project 'ipfs' gives 'ipfs-cluster-dev-ipfs', and so does the cluster of the SSM parameters in "
        "/ipfs/ipfs-cluster/dev: each would overwrite the other's dashboard, alarms and task definitions. Use another name or stack name."
    )
    kept = "arn:aws:ssm:eu-west-1:123456789012:parameter/ipfs/ipfs-cluster/dev/nodes/eu-west-1a/kubo-private-key"
    resolve({}, names, parameter_arns=[kept])
