// The Pinning Service API is below /pinning here and at the root of its origin.
function handler(event) {
    const request = event.request;
    request.uri = request.uri.replace(/^\/pinning(?=\/)/, '');
    return request;
}
