// Sends a request to the Region that is nearest to the edge location. The program puts this file behind another one, whose handler is
// `respond`, with the constants of a role (gateway, api, pinning):
// - REGIONS, the Regions; NEAREST, by the Region of an edge location their places in REGIONS, the nearest first; ELSEWHERE, the same for
//   every other edge location;
// - FAILOVER, the statuses for which the next Region is asked too; none where a request must not come to two Regions;
// - NAMES, the Region of each host that stands for one.
async function handler(event) {
    const answer = respond(event);
    if (event.context.eventType !== 'viewer-request' || answer.statusCode) {
        return answer;
    }
    const named = NAMES[event.request.headers.host.value.toLowerCase().split(':')[0]];
    const order = named ? [named] : choose((cf.edgeLocation || {}).region, await out());
    const ids = order.map((region) => ({ originId: ROLE + '-' + region }));
    if (FAILOVER.length && ids.length > 1) {
        cf.createRequestOriginGroup({ originIds: ids.slice(0, 2), failoverCriteria: { statusCodes: FAILOVER } });
    } else {
        cf.selectRequestOriginById(ids[0].originId);
    }
    return answer;
}

// The Regions that requests may go to, in this order. With all of them out none counts as out.
function choose(edge, out) {
    const all = (NEAREST[edge] || ELSEWHERE).map((place) => REGIONS[place]);
    const left = all.filter((region) => out.indexOf(region) < 0);
    return left.length ? left : all;
}

// The Regions that are taken out: a key of the store, with commas. It throws where there is no such key.
async function out() {
    try {
        return (await cf.kvs().get('out')).split(',');
    } catch (error) {
        return [];
    }
}
