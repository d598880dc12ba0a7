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
# A node that hangs steps aside: other nodes stream the blocks of an add to it without a time-out. When kubo or the daemon gives no
# answer, the daemon stops, which ends those streams, and starts when kubo answers. The probe of kubo reads a block from its datastore.
# Only silence counts: an error ends a stream. A node that steps aside again soon waits twice as long first, so that a slow one is not
# stopped over and over. The probes go over two connections that stay open: programs started every second would take more of a processor
# than both daemons at rest.
# The daemon starts when kubo answers, since it would give up a pin that fails for five minutes (CLUSTER_PINRECOVERINTERVAL).
# shellcheck shell=busybox disable=SC3045,SC2094

cd "$IPFS_CLUSTER_PATH" || exit
rm -f /tmp/well # the health check's
mkfifo /tmp/never /tmp/to-kubo /tmp/from-kubo /tmp/to-daemon /tmp/from-daemon 2> /dev/null
exec 7<> /tmp/never
daemon='' ending='' restarting='' connections=''
stop() { if [ -n "$daemon" ]; then kill -TERM "$daemon"; fi; }
trap 'ending=1; stop' TERM INT
trap 'restarting=1; stop' USR1

# Signals end a read, and a wait for what is in the background. A command in the foreground would hold them back.
pause() { read -r -t 1 _ <&7; }
ask() {
    timeout 2 wget -q -O /dev/null "$@" > /dev/null 2>&1 &
    wait $!
}
ask_kubo() { ask --post-data '' http://127.0.0.1:5001/api/v0/diag/healthy; }
silent() {
    "$@"
    case $? in 124 | 143) ;; *) return 1 ;; esac # what timeout gives, by implementation
}
kubo_is_silent() { silent ask_kubo; }
daemon_is_silent() { silent ask http://127.0.0.1:9094/health; }

# The connections: file descriptors 3 and 4 are to and from kubo, 5 and 6 to and from the daemon. 8 keeps the other end of a pipe open
# until nc has it, so that nothing here waits.
connect() {
    exec 3<> /tmp/to-kubo 8<> /tmp/from-kubo 4< /tmp/from-kubo
    nc 127.0.0.1 5001 < /tmp/to-kubo >&8 3<&- 4<&- 7<&- 8<&- &
    connections=$!
    exec 5<> /tmp/to-daemon 8<> /tmp/from-daemon 6< /tmp/from-daemon
    nc 127.0.0.1 9094 < /tmp/to-daemon >&8 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- &
    connections="$connections $!"
    exec 8<&-
}
disconnect() {
    # shellcheck disable=SC2086 # two numbers
    kill $connections 2> /dev/null
    exec 3<&- 4<&- 5<&- 6<&-
    connections=''
}
end="$(printf '\r')"
read_until() { while IFS= read -r -t 2 line; do if [ "$line" = "$1" ]; then return; fi; done; return 1; }
# Whether both answer as they should, over their connections. Kubo's answer ends with an empty chunk, the daemon's has no body.
both_answer() {
    [ -n "$connections" ] || return
    printf 'POST /api/v0/diag/healthy HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n' >&3
    read_until "0$end" <&4 && read_until "$end" <&4 || return
    printf 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n' >&5
    read_until "$end" <&6
}

prepare() {
    rm -f service.json
    if [ ! -s identity.json ]; then rm -f identity.json; fi # empty where a crash came before it was written; the environment has it
    if [ -d pebble ]; then store=pebble; else store=leveldb; fi
    ipfs-cluster-service init --consensus crdt --datastore "$store" || return
    if [ -d "$store" ]; then
        ipfs-cluster-service state crdt mark-dirty || {
            code=$?
            echo "the pinset's datastore cannot be opened (above). If it is damaged, rebuild the node, see docs/operations.md, Rebuild a node;" \
                "or, while all other nodes are well, move $IPFS_CLUSTER_PATH/$store away: the node takes the pinset from them" >&2
            return "$code"
        }
    fi
}

printf '%s\n' "$KEEPER_SCRIPT" > /tmp/keeper
unset KEEPER_SCRIPT
(while kill -0 $$ 2> /dev/null; do SUPERVISOR=$$ sh /tmp/keeper; sleep 60; done) &

patience=2 answers=0 # how many probes in a row may get no answer; how many got one since the node stepped aside
watch() {
    silences=0
    while [ -z "$ending$restarting" ] && kill -0 "$daemon" 2> /dev/null; do
        if both_answer; then
            silences=0 answers=$((answers + 1))
            pause
        elif [ -n "$connections" ]; then
            disconnect
            silences=$((silences + 1)) # or an error, or a daemon that ended: the next probe tells
        elif kubo_is_silent || daemon_is_silent; then
            silences=$((silences + 1))
        else
            silences=0
            pause
            connect
        fi
        if [ "$answers" -gt 600 ]; then patience=2; fi
        if [ "$silences" -ge "$patience" ]; then step_aside; fi
    done
    if [ -n "$connections" ]; then disconnect; fi
}
step_aside() {
    echo "kubo or ipfs-cluster does not answer: ipfs-cluster stops, and starts again when kubo answers" >&2
    restarting=1 answers=0
    if [ "$patience" -lt 64 ]; then patience=$((patience * 2)); fi
    stop
    pause
    kill -KILL "$daemon" 2> /dev/null
}

while [ -z "$ending" ]; do
    restarting=''
    prepare || exit
    until ask_kubo || [ -n "$ending" ]; do pause; done
    if [ -n "$ending" ]; then break; fi
    /usr/local/bin/entrypoint.sh --loglevel "$LOG_LEVEL" daemon &
    daemon=$!
    if [ -n "$ending$restarting" ]; then stop; fi # a signal that came before
    watch
    until wait "$daemon"; code=$?; ! kill -0 "$daemon" 2> /dev/null; do :; done # a signal ends the wait too
    daemon=''
    if [ -n "$ending" ] && [ "$code" -gt 128 ]; then code=0; fi # that of the wait which the signal ended
    if [ -z "$restarting" ]; then exit "$code"; fi
done
