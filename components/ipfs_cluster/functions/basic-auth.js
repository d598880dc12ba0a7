// Lets those read the gateway who know its user name and password (HTTP basic).
// The key value store has, under "credentials", a salt and the HMAC-SHA-256 of "user:password" with it: "<salt>:<hex>".
import cf from 'cloudfront';
import crypto from 'crypto';

const store = cf.kvs();

const DENIED = {
    statusCode: 401,
    statusDescription: 'Unauthorized',
    headers: {
        'www-authenticate': { value: 'Basic realm="IPFS gateway", charset="UTF-8"' },
        'cache-control': { value: 'no-store' },
    },
};

async function handler(event) {
    const request = event.request;
    // A browser asks with OPTIONS, and never with credentials, whether it may ask at all; the answer has no content.
    if (request.method === 'OPTIONS') {
        delete request.headers.authorization;
        return request;
    }
    const given = credentials(request.headers.authorization);
    if (given === null) {
        return DENIED;
    }
    const parts = (await store.get('credentials')).split(':');
    if (crypto.createHmac('sha256', parts[0]).update(given).digest('hex') !== parts[1]) {
        return DENIED;
    }
    // Neither the origin nor the cache gets to know them.
    delete request.headers.authorization;
    return request;
}

function credentials(header) {
    // Two headers of the name are no one's honest request.
    if (!header || (header.multiValue && header.multiValue.length > 1)) {
        return null;
    }
    const match = /^basic +([a-z0-9+/]+={0,2})$/i.exec(header.value);
    return match ? Buffer.from(match[1], 'base64').toString('utf8') : null;
}
