#!/bin/sh
# The ipfs container: the verifier runs beside kubo, which its image's own script starts, with the image's own arguments. The script is in
# a file so that a list of processes can be read.
# shellcheck shell=busybox

printf '%s\n' "$VERIFIER_SCRIPT" > /tmp/verifier
unset VERIFIER_SCRIPT
(while :; do sh /tmp/verifier; sleep 60; done) &
exec /usr/local/bin/start_ipfs daemon --migrate=true --agent-version-suffix=docker
