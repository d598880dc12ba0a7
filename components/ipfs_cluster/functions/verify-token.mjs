// Lets those read the gateway who have a token of the Cognito user pool: "Authorization: Bearer <id or access token>".
// aws-jwt-verify checks the signature by the pool's keys, issuer, audience (the app client) and expiry.
import { readFileSync } from "node:fs";
import { CognitoJwtVerifier } from "./aws-jwt-verify/package/dist/esm/index.js";

// Lambda@Edge has no environment variables: the settings are in the archive.
const { userPoolId, clientId } = JSON.parse(readFileSync(new URL("config.json", import.meta.url)));

export const verifier = CognitoJwtVerifier.create({ userPoolId, clientId, tokenUse: null });

const DENIED = {
  status: "401",
  statusDescription: "Unauthorized",
  headers: {
    "www-authenticate": [{ key: "WWW-Authenticate", value: 'Bearer realm="IPFS gateway"' }],
    "cache-control": [{ key: "Cache-Control", value: "no-store" }],
  },
};

export async function handler(event) {
  const request = event.Records[0].cf.request;
  const given = request.headers.authorization ?? [];
  // Neither the origin nor the cache gets to know it.
  delete request.headers.authorization;
  // A browser asks with OPTIONS, and never with credentials, whether it may ask at all; the answer has no content.
  if (request.method === "OPTIONS") {
    return request;
  }
  const token = given.length === 1 ? /^Bearer +([\w.-]+)$/i.exec(given[0].value)?.[1] : undefined;
  if (!token) {
    return DENIED;
  }
  try {
    await verifier.verify(token);
  } catch (error) {
    console.log(error.message); // never the token
    return DENIED;
  }
  return request;
}
