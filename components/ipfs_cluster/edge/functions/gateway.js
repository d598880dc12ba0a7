// Before and after each answer of the gateway: keeps archives out of every cache, makes one Accept of many, and asks readers for user
// name and password (HTTP basic) where CREDENTIALS, which the program appends, is not empty. It is "<salt>:<hex>", the HMAC-SHA-256 of
// "user:password" with the salt.
import crypto from 'crypto';

var DENIED = {
    statusCode: 401,
    statusDescription: 'Unauthorized',
    headers: {
        'www-authenticate': { value: 'Basic realm="IPFS gateway", charset="UTF-8"' },
        'cache-control': { value: 'no-store' },
    },
};

function handler(event) {
    const request = event.request;
    const asked = wanted(values(request.querystring.format).map(decoded), values(request.headers.accept));
    if (event.context.eventType === 'viewer-response') {
        if (asked.archive) {
            event.response.headers['cache-control'] = { value: 'no-store' };
        }
        return event.response;
    }
    // A browser asks with OPTIONS, and never with credentials, whether it may ask at all; the answer has no content.
    if (CREDENTIALS && request.method !== 'OPTIONS' && !admitted(request.headers.authorization)) {
        return DENIED;
    }
    if (CREDENTIALS) {
        // Neither the origin nor the cache gets to know them.
        delete request.headers.authorization;
    }
    if (isContentPathOfWebsite(event.context.distributionDomainName, request.headers.host.value, request.uri)) { // @WEBSITES@
        return { statusCode: 404, statusDescription: 'Not Found', headers: { 'cache-control': { value: 'no-store' } } }; // @WEBSITES@
    } // @WEBSITES@
    request.headers.accept = { value: asked.accept };
    delete request.headers[ARCHIVE_HEADER];
    if (asked.archive) {
        request.headers[ARCHIVE_HEADER] = { value: event.context.requestId };
        // kubo answers 304 by the CID alone, so a copy that was cut short would be renewed.
        delete request.headers['if-none-match'];
        delete request.headers['if-modified-since'];
    }
    return request;
}

function values(field) {
    if (!field) {
        return [];
    }
    return (field.multiValue || [field]).map((one) => one.value);
}

function admitted(header) {
    // Two headers of the name are no one's honest request.
    if (!header || (header.multiValue && header.multiValue.length > 1)) {
        return false;
    }
    const match = /^basic +([a-z0-9+/]+={0,2})$/i.exec(header.value);
    if (!match) {
        return false;
    }
    const known = CREDENTIALS.split(':');
    const given = Buffer.from(match[1], 'base64').toString('utf8');
    return crypto.createHmac('sha256', known[0]).update(given).digest('hex') === known[1];
}
