#!/bin/sh
# Publishes an image of this machine's Docker: ./publish.sh IMAGE
# The command ipfs-cluster finds the cluster by its own variables. The same image gives the same CID: its layers are published as they are,
# since two versions of skopeo compress the same layer to different bytes.
set -eu
image=${1:?give an image, such as app:1.0}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

docker save --output "$folder/image.tar" "$image"
skopeo copy --quiet --dest-oci-accept-uncompressed-layers "docker-archive:$folder/image.tar" "oci:$folder/layout:image"
digest=$(skopeo inspect --format '{{.Digest}}' "oci:$folder/layout:image")
cid=$(ipfs-cluster publish "$folder/layout" --name "$image" --quiet)
echo "./pull.sh $cid $digest $image"
