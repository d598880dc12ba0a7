#!/bin/sh
# Fetches a published image from the gateway and gives it to this machine's Docker: ./pull.sh CID DIGEST IMAGE
# The gateway is the one of $IPFS_CLUSTER_GATEWAY_URL. It need not be trusted: skopeo compares each layer with the manifest, and this script
# compares the manifest with DIGEST.
set -eu
cid=${1:?give the CID} digest=${2:?give the digest} image=${3:?give the name for the image}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

curl --silent --show-error --fail --location --output "$folder/layout.tar" "$IPFS_CLUSTER_GATEWAY_URL/ipfs/$cid?format=tar"
tar -xmf "$folder/layout.tar" -C "$folder"
found=$(skopeo inspect --format '{{.Digest}}' "oci:$folder/$cid:image")
if [ "$found" != "$digest" ]; then
    echo "error: the gateway serves the image $found, and not $digest" >&2
    exit 1
fi
skopeo copy --quiet "oci:$folder/$cid:image" "docker-archive:$folder/image.tar:$image"
docker load --quiet --input "$folder/image.tar"
