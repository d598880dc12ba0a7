#!/bin/sh
# The ipfs container: the verifier runs beside kubo, which its image's own script starts, with the image's own arguments. Kubo that ends by
# a request to its API, as from ipfs-cluster's keeper, is started again. The script is in a file so that a list of processes can be read.
# shellcheck shell=busybox

printf '%s\n' "$VERIFIER_SCRIPT" > /tmp/verifier
unset VERIFIER_SCRIPT
(while :; do sh /tmp/verifier; sleep 60; done) &
rm -f /tmp/well # the health check's
kubo='' ending=''
trap 'ending=1; if [ -n "$kubo" ]; then kill -TERM "$kubo"; fi' TERM INT
while [ -z "$ending" ]; do
  /usr/local/bin/start_ipfs daemon --migrate=true --agent-version-suffix=docker &
  kubo=$!
  if [ -n "$ending" ]; then kill -TERM "$kubo"; fi # a signal that came before
  until wait "$kubo"; code=$?; ! kill -0 "$kubo" 2> /dev/null; do :; done # a signal ends the wait too
  kubo=''
  if [ -n "$ending" ] && [ "$code" -gt 128 ]; then code=0; fi # that of the wait which the signal ended
  if [ "$code" -ne 0 ]; then exit "$code"; fi
done
