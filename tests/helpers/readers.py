"""Who may read at the gateway: passwords, tokens of a user pool, and the deployments that ask for them."""

import base64
from typing import Any

from tests.helpers.support import Groups


def basic(pair: str, scheme: str = "Basic") -> dict[str, Any]:
    """The header of a user's name and password, as events of CloudFront Functions have it."""
    return {"authorization": {"value": f"{scheme} {base64.b64encode(pair.encode()).decode()}"}}


POOL, CLIENT = "eu-west-1_AbCdEf123", "5example1client2id3"
ISSUER = f"https://cognito-idp.eu-west-1.amazonaws.com/{POOL}"

_HOUR = 3600
_CLAIMS = {"iss": ISSUER, "sub": "u1"}
_ID = {**_CLAIMS, "token_use": "id", "aud": CLIENT}
_ACCESS = {**_CLAIMS, "token_use": "access", "client_id": CLIENT}

TOKENS: dict[str, dict[str, Any]] = {
    "id": {"claims": _ID, "expires": _HOUR},
    "access": {"claims": _ACCESS, "expires": _HOUR},
    "expired": {"claims": _ID, "expires": -_HOUR},
    "not yet": {"claims": {**_ID, "nbf": 99999999999}, "expires": _HOUR},
    "another pool": {"claims": {**_ID, "iss": ISSUER.replace("AbC", "XyZ")}, "expires": _HOUR},
    "another client": {"claims": {**_ID, "aud": "other"}, "expires": _HOUR},
    "another client access": {"claims": {**_ACCESS, "client_id": "other"}, "expires": _HOUR},
    "another use": {"claims": {**_ID, "token_use": "refresh"}, "expires": _HOUR},
    "stranger": {"claims": _ID, "expires": _HOUR, "signer": "stranger"},
    "unsigned": {"header": {"alg": "none"}, "claims": _ID, "expires": _HOUR, "signer": "none"},
    "public key as secret": {"header": {"alg": "HS256"}, "claims": _ID, "expires": _HOUR, "signer": "public key"},
}
"""What is signed for a reader, or for somebody who is none, by name."""

YEAR = 366 * 86400
"""Longer than any copy is kept, in seconds."""
READERS: dict[str, tuple[Groups, dict[str, str]]] = {
    "everyone": ({}, {}),
    "passwords": (
        {"gateway": {"authentication": "basic", "username": "me", "password": "correct-horse"}},
        {"authorization": basic("me:correct-horse")["authorization"]["value"]},
    ),
    "tokens": ({"gateway": {"authentication": "token", "userPoolId": POOL, "userPoolClientId": CLIENT}}, {"authorization": "Bearer <id>"}),
}
"""The configuration for each kind of readers, and the headers by which one of them is let in."""
