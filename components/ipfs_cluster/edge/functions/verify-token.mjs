// Lets those read the gateway who have a token of the Cognito user pool: "Authorization: Bearer <id or access token>". aws-jwt-verify
// checks the signature by the pool's keys, issuer, audience (the app client) and expiry. Besides it does what gateway.js does.
import { readFileSync } from "node:fs";
import { CognitoJwtVerifier } from "./aws-jwt-verify/package/dist/esm/index.js";
import { SimpleFetcher } from "./aws-jwt-verify/package/dist/esm/https.js";
import { SimpleJwksCache } from "./aws-jwt-verify/package/dist/esm/jwk.js";
import {
  FetchError,
  JwksValidationError,
  JwkValidationError,
  WaitPeriodNotYetEndedJwkError,
} from "./aws-jwt-verify/package/dist/esm/error.js";

// Lambda@Edge has no environment variables: the settings are in the archive.
const { userPoolId, clientId } = JSON.parse(readFileSync(new URL("config.json", import.meta.url)));

// It tries twice, and all of that must end before the function's 5 seconds do.
const fetcher = new SimpleFetcher({ defaultRequestOptions: { responseTimeout: 2000 } });
export const verifier = CognitoJwtVerifier.create({ userPoolId, clientId, tokenUse: null }, { jwksCache: new SimpleJwksCache({ fetcher }) });

// Of these errors the pool's keys are the cause, and not the token.
const NO_KEYS = [FetchError, JwksValidationError, JwkValidationError, WaitPeriodNotYetEndedJwkError];

const DENIED = {
  status: "401",
  statusDescription: "Unauthorized",
  headers: {
    "www-authenticate": [{ key: "WWW-Authenticate", value: 'Bearer realm="IPFS gateway"' }],
    "cache-control": [{ key: "Cache-Control", value: "no-store" }],
  },
};

const NOT_NOW = {
  status: "503",
  statusDescription: "Service Unavailable",
  headers: {
    "retry-after": [{ key: "Retry-After", value: "10" }],
    "cache-control": [{ key: "Cache-Control", value: "no-store" }],
  },
};

export async function handler(event) {
  const { config, request, response } = event.Records[0].cf;
  if (response) {
    if (request.headers[ARCHIVE_HEADER]) {
      response.headers["cache-control"] = [{ key: "Cache-Control", value: "no-store" }];
    }
    return response;
  }
  const given = request.headers.authorization ?? [];
  // Neither the origin nor the cache gets to know it.
  delete request.headers.authorization;
  // A browser asks with OPTIONS, and never with credentials, whether it may ask at all; the answer has no content.
  if (request.method !== "OPTIONS") {
    const refusal = await refusalOf(given);
    if (refusal) return refusal;
  }
  if (isContentPathOfWebsite(config.distributionDomainName, request.headers.host[0].value, request.uri)) { // @WEBSITES@
    return { status: "404", statusDescription: "Not Found", headers: { "cache-control": [{ key: "Cache-Control", value: "no-store" }] } }; // @WEBSITES@
  } // @WEBSITES@
  const formats = new URLSearchParams(request.querystring).getAll("format");
  const asked = wanted(formats, (request.headers.accept ?? []).map((header) => header.value));
  request.headers.accept = [{ key: "Accept", value: asked.accept }];
  delete request.headers[ARCHIVE_HEADER];
  if (asked.archive) {
    request.headers[ARCHIVE_HEADER] = [{ key: ARCHIVE_HEADER, value: config.requestId }];
    // kubo answers 304 by the CID alone, so a copy that was cut short would be renewed.
    delete request.headers["if-none-match"];
    delete request.headers["if-modified-since"];
  }
  return request;
}

async function refusalOf(given) {
  const token = given.length === 1 ? /^Bearer +([\w.-]+)$/i.exec(given[0].value)?.[1] : undefined;
  if (!token) {
    return DENIED;
  }
  try {
    await verifier.verify(token);
  } catch (error) {
    console.log(error.message); // never the token
    return NO_KEYS.some((kind) => error instanceof kind) ? NOT_NOW : DENIED;
  }
  return undefined;
}
