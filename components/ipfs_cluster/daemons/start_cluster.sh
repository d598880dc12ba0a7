#!/bin/sh
# The ipfs-cluster container: makes a fresh configuration at every start, and runs the daemon.
# service.json keeps the environment of the day when it was made. Without the file, a setting that is no longer given falls back to its
# default. Pinset and identity are other files. LevelDB hands every write to the operating system; pebble (the default) only when 32 KiB
# have come together: after a hard stop of all nodes at once the last pins that it had answered were gone. A pinset that is in pebble
# already stays there.
# A daemon that is stopped while it works through updates that it missed takes those between the newest and its position for known
# afterwards. So every start goes through the pinset's history, in the background, and fetches what an earlier start left out.
# shellcheck shell=busybox

cd "$IPFS_CLUSTER_PATH" || exit
rm -f service.json
if [ -d pebble ]; then store=pebble; else store=leveldb; fi
ipfs-cluster-service init --consensus crdt --datastore "$store" || exit
if [ -d "$store" ]; then ipfs-cluster-service state crdt mark-dirty || exit; fi
exec /usr/local/bin/entrypoint.sh --loglevel "$LOG_LEVEL" daemon
