// Sends a request to the Region that is nearest to the edge location. The program puts this file behind another one, whose handler is
// `respond`, with the constants of a role (gateway, api, pinning):
// - REGIONS, the Regions; NEAREST, by the Region of an edge location their places in REGIONS (base 36), the nearest first; ELSEWHERE, the
//   same for every other edge location;
// - FAILOVER, the statuses for which the next Region is asked too; none where a request must not come to two Regions;
// - NAMED, what is before and behind the Region in a host that stands for one of OWN; that is empty where no host does. They may be more
//   than REGIONS: a Region that only reads takes requests by its own name alone.
async function handler(event) {
    const answer = respond(event);
    if (event.context.eventType !== 'viewer-request' || answer.statusCode) {
        return answer;
    }
    // In a line of its own: the runtime takes no await among arguments.
    const away = await out();
    const own = named(event.request.headers.host.value.toLowerCase().split(':')[0]);
    const order = own ? [own] : choose((cf.edgeLocation || {}).region, away);
    const ids = order.map((region) => ({ originId: ROLE + '-' + region }));
    if (FAILOVER.length && ids.length > 1) {
        cf.createRequestOriginGroup({ originIds: ids.slice(0, 2), failoverCriteria: { statusCodes: FAILOVER } });
    } else {
        cf.selectRequestOriginById(ids[0].originId);
    }
    return answer;
}

// The Regions that a request may go to, in this order. With all of them out none counts as out.
function choose(edge, away) {
    const all = (NEAREST[edge] || ELSEWHERE).split('').map((place) => REGIONS[parseInt(place, 36)]);
    const left = all.filter((region) => away.indexOf(region) < 0);
    return left.length ? left : all;
}

// The Region that a host stands for, if it does.
function named(host) {
    return OWN.filter((region) => host === NAMED[0] + region + NAMED[1])[0];
}

// The Regions that are taken out: a key of the store, with commas. The store throws where there is no such key.
async function out() {
    try {
        const names = await cf.kvs().get('out');
        return names.split(',');
    } catch (error) {
        return [];
    }
}
