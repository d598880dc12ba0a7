#!/bin/sh
# The ipfs-cluster container: makes a fresh configuration at every start of the daemon, runs the daemon, and starts it again when asked to.
# service.json keeps the environment of the day when it was made. Without the file, a setting that is no longer given falls back to its
# default. Pinset and identity are other files. LevelDB hands every write to the operating system; pebble (the default) only when 32 KiB
# have come together: after a hard stop of all nodes at once the last pins that it had answered were gone. A pinset that is in pebble
# already stays there.
# A daemon that is stopped while it works through updates that it missed takes those between the newest and its position for known
# afterwards. So every start goes through the pinset's history, in the background, and fetches what an earlier start left out.
# Signals to this shell: TERM and INT stop the daemon and end the container; USR1 stops the daemon and starts it again. A daemon that
# ends by itself ends the container with its exit code.
# The script in KEEPER_SCRIPT runs beside the daemon, from a file, so that a list of processes can be read. It is started again when it
# ends, and may signal this shell ($SUPERVISOR).
# shellcheck shell=busybox

cd "$IPFS_CLUSTER_PATH" || exit
daemon='' ending='' restarting=''
stop() { if [ -n "$daemon" ]; then kill -TERM "$daemon"; fi; }
trap 'ending=1; stop' TERM INT
trap 'restarting=1; stop' USR1

prepare() {
    rm -f service.json
    if [ -d pebble ]; then store=pebble; else store=leveldb; fi
    ipfs-cluster-service init --consensus crdt --datastore "$store" || return
    if [ -d "$store" ]; then ipfs-cluster-service state crdt mark-dirty; fi
}

beside() {
    printf '%s\n' "$2" > "/tmp/$1"
    (while :; do SUPERVISOR=$$ sh "/tmp/$1"; sleep 60; done) &
}
beside keeper "$KEEPER_SCRIPT"
unset KEEPER_SCRIPT

while [ -z "$ending" ]; do
    restarting=''
    prepare || exit
    /usr/local/bin/entrypoint.sh --loglevel "$LOG_LEVEL" daemon &
    daemon=$!
    if [ -n "$ending$restarting" ]; then stop; fi # a signal that came before
    until wait "$daemon"; code=$?; ! kill -0 "$daemon" 2> /dev/null; do :; done # a signal ends the wait too
    daemon=''
    if [ -z "$restarting" ]; then exit "$code"; fi
done
