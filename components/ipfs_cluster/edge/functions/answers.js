// What kubo's gateway makes of a request's ?format= and Accept (boxo, gateway/handler.go, customResponseFormat). The program appends
// this file to gateway.js and to verify-token.mjs. Not by const: to what stands below them functions have no way in njs 0.7.9.

var FORMATS = ['raw', 'car', 'tar', 'json', 'cbor', 'dag-json', 'dag-cbor', 'ipns-record'];
var FORMAT_TYPES = /^application\/(vnd\.ipld|vnd\.ipfs|x-tar|json|cbor)/;
var CAR = 'application/vnd.ipld.car';
var TAR = 'application/x-tar';

// A request header that only the edge functions set. It is in the cache key, and of another value for every request for an archive.
var ARCHIVE_HEADER = 'x-archive-request';

// `formats` are the values of ?format=, decoded, `accepts` those of Accept. Gives
// - archive: whether kubo may answer with a CAR or TAR. Of these it does not know the length, and where a block is missing it ends the
//   body as if it were whole; what is wrong stands in a trailer only, which CloudFront drops. All other answers have a length or are
//   made in memory, so that one which is cut short shows.
// - accept: the header's least value that has the same answer, since each value is a copy of its own in the cache.
function wanted(formats, accepts) {
    const entries = accepts.join(',').split(',').map((entry) => entry.trim());
    const special = entries.filter((entry) => FORMAT_TYPES.test(entry))[0] || '';
    const type = special.split(';')[0].trim().toLowerCase();
    // Else kubo goes by Accept.
    const known = formats.length === 1 && FORMATS.indexOf(formats[0]) >= 0;
    const car = formats.indexOf('car') >= 0 || (!known && type === CAR);
    const tar = formats.indexOf('tar') >= 0 || (!known && type === TAR);
    const kept = [];
    if (type === CAR && car) {
        kept.push(special); // with its parameters: order, dups, version
    } else if (special && !known) {
        kept.push(type);
    }
    // By this it makes pages of errors and of DAG-JSON and DAG-CBOR. It looks for the text, wherever it stands.
    if (accepts.join(',').indexOf('text/html') >= 0) {
        kept.push('text/html');
    }
    return { archive: car || tar, accept: kept.join(', ') || '*/*' };
}

function decoded(value) {
    try {
        return decodeURIComponent(value.replace(/\+/g, ' '));
    } catch (error) {
        return value;
    }
}
