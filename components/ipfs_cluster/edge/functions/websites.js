// Keeps other content off the origins of websites. The program appends this file to gateway.js and to verify-token.mjs where there are
// websites, and GATEWAY_NAMES: the gateway's own names, one with a `*` for all labels. Every other host is a website.

// While a website has no DNSLink record, or while it cannot be looked up, kubo answers /ipfs/<cid> as a gateway does: a page of someone
// else's could then read what the website keeps in browsers. kubo decodes paths, and redirects those with empty or dotted segments.
var CONTENT_PATH = /^\/+(ipfs|ipns)(\/|$)/i;

function isContentPathOfWebsite(distribution, given, uri) {
    const host = given.toLowerCase().split(':')[0];
    const own = GATEWAY_NAMES.concat(distribution).some((name) => (name[0] === '*' ? host.endsWith(name.slice(1)) : host === name));
    return !own && CONTENT_PATH.test(decoded(uri));
}
