"""Inputs of swarm, pinning, gateway, APIs and credentials that are refused."""

import pytest

from tests.helpers.inputs import PEER_ID, Refused, assert_refused

BAD: list[Refused] = [
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
    ({"api": {"users": ["ci", "a:b"]}}, "api.users[1]: 'a:b' is not a name for a user", ["32 letters, digits"]),
    ({"api": {"users": ["a/b"]}}, "api.users[0]: 'a/b' is not a name for a user", []),
    ({"api": {"users": ["a" * 33]}}, f"api.users[0]: {'a' * 33!r} is not a name for a user", ["up to 32"]),
    ({"api": {"users": "ci"}}, "api.users: 'ci' must be a list", []),
    ({"api": {"users": ["ci", "alice", "ci"]}}, "api.users[2]: 'ci' is there twice", []),
    ({"api": {"users": [f"user-{n}" for n in range(41)]}}, "api.users: has 41 names", ["up to 40"]),
    ({"api": {"username": "ci", "users": ["ci"]}}, "api.users[0]: 'ci' is api.username already", ["another name"]),
    (
        {"api": {"pinning_service": True, "pinning_service_username": "ci", "users": ["ci"]}},
        "api.users[0]: 'ci' is api.pinning_service_username already",
        ["another name"],
    ),
    (
        {"api": {"users": ["ci"]}, "credentials": {"api_credentials_parameter": "/mine"}},
        "api.users: the program cannot write them into credentials.api_credentials_parameter",
        ["give one of the two"],
    ),
    ({"api": {"users": ["ci"]}, "credentials": {"api_user_password_versions": {"ci": 0}}}, "credentials.api_user_password_versions['ci']: 0 is too low", ["1"]),
    (
        {"api": {"users": ["ci", "alice"]}, "credentials": {"api_user_password_versions": {"bob": 2}}},
        "credentials.api_user_password_versions['bob']: there is no such user",
        ["api.users has ci, alice"],
    ),
    ({"credentials": {"api_user_password_versions": {"bob": 2}}}, "credentials.api_user_password_versions['bob']: there is no such user", ["has none"]),
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
]


@pytest.mark.parametrize("refused", BAD, ids=[start[:70] for _, start, _ in BAD])
def test_bad_input_is_refused(refused: Refused) -> None:
    assert_refused(refused)
