// The console's page is at /console/. Whoever asks for anything else there that is not a file is sent to it.
function handler(event) {
    const request = event.request;
    if (request.uri === '/console/') {
        request.uri = '/console/index.html';
    } else if (!/\.[^/]*$/.test(request.uri)) {
        return { statusCode: 302, statusDescription: 'Found', headers: { location: { value: '/console/' }, 'cache-control': { value: 'no-store' } } };
    }
    return request;
}
