#!/bin/sh
# Beside ipfs-cluster's daemon: compares this node's pinset with the other nodes', and kubo's pins with this node's part of the pinset.
# If the pinset stays behind, it has the daemon restarted, once an hour at most: every start of the daemon goes through the pinset's whole
# history. If kubo takes no pin in two looks in a row, it has kubo restarted in the same way: after one failed write (no space, for example)
# LevelDB refuses all until it is opened again, and kubo's health checks, which read, succeed. It changes nothing else. Pins that kubo
# lacks are ipfs-cluster's to bring back (CLUSTER_PINRECOVERINTERVAL).
# Each look ends with a line of JSON, which CloudWatch counts:
#   differing  pins that most nodes have and this one lacks, or the reverse, in two looks in a row
#   unmended   such pins in spite of a restart; 1 more if kubo takes no pin in spite of one
#   stuck      the first five of them
#   unheld     pins of this node that kubo does not hold, in two looks in a row
#   orphaned   pins of kubo that this node should not hold, in two looks in a row
# SUPERVISOR is the shell that restarts the daemon (start_cluster.sh); the rest of the environment is the daemon's.
# shellcheck shell=busybox disable=SC2153

set -u -o pipefail
least_seconds="${CLUSTER_KEEPER_SECONDS:-180}" # between looks
turn_seconds=$((least_seconds / 3)) # that each node has to restart its daemon in
restart_seconds=3600 # between restarts
kubo=http://127.0.0.1:5001/api/v0
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work" || exit
addresses="$(echo "$CLUSTER_PEERADDRESSES" | tr , '\n')"
others="$(echo "$addresses" | grep -v "/$CLUSTER_ID\$" | cut -d / -f 3)"
place="$(echo "$addresses" | grep -n "/$CLUSTER_ID\$" | cut -d : -f 1)"
nodes="$(echo "$addresses" | wc -l)"
probe=bafkqabtlmvsxazls # the text "keeper", whole in its CID: kubo stores its pin and no block
turn=0 restarted=0 kubo_restarted=0 unmended=0 refusals=0 refusing=0
# The earlier looks: what differed in the last one, and in the last two; what was unheld and orphaned in the last one.
touch differs stale unheld orphaned

say() { printf '{"ts":"%s","level":"%s","logger":"keeper","node":"%s","msg":"%s"%s}\n' "$(date -u +%FT%TZ)" "$1" "$CLUSTER_PEERNAME" "$2" "${3:-}"; }
count() { echo $(($(wc -l < "$1"))); }
in_both() { awk 'FILENAME == ARGV[1] { first[$0]; next } $0 in first' "$1" "$2"; }
in_second() { awk 'FILENAME == ARGV[1] { first[$0]; next } !($0 in first)' "$1" "$2"; }

# The pinset of a host, or (none) of this node: a line for each pin with its CID, when it was pinned, and whether this node is to hold
# it. ipfs-cluster-ctl has the credentials from the environment.
pinset() {
  timeout 900 ipfs-cluster-ctl --force-http --enc json ${1:+--host "/dns4/$1/tcp/9094"} pin ls | awk -F '"' -v me="$CLUSTER_ID" '
    /^    "cid": / { cid = $4; here = 0 }
    /^    "type": / { type = $4 }
    /^    "allocations": (\[\]|null)/ { here = 1 }
    /^    "allocations": \[$/ { allocations = 1 }
    allocations && $2 == me { here = 1 }
    /^    \]/ { allocations = 0 }
    /^    "timestamp": / { when = $4 }
    /^}/ { if (type == "pin") print cid, when, here }'
}

# The pins that most nodes have and this one lacks, or the reverse. Of two halves, each may be the wrong one.
differing() {
  for file in own theirs.*; do sed "s/^/$file /" "$file"; done | awk -v nodes="$nodes" '
    { pin = $2 " " $3; votes[pin]++ }
    $1 == "own" { own[pin] }
    END { for (pin in votes) if (2 * votes[pin] == nodes || (2 * votes[pin] > nodes) != (pin in own)) print pin }'
}

# Leaves this node's pinset in own, and what differs in now. Fails if a node does not answer.
compare_pinsets() {
  rm -f theirs.*
  : > now
  if [ "$nodes" -eq 1 ]; then pinset '' > own; return; fi
  turn=$((turn % (nodes - 1) + 1))
  pinset "$(echo "$others" | sed -n "${turn}p")" > theirs.one || return
  pinset '' > own || return
  for file in own theirs.one; do cut -d ' ' -f 1,2 "$file" > "keys.$file"; done
  # All others only if the one whose turn it is has another pinset. Nodes list their pins in the same order.
  if cmp -s keys.own keys.theirs.one; then return; fi
  rm theirs.one
  for host in $others; do pinset "$host" > "theirs.$host" || return; done
  differing > now
}

# Has the daemon restarted if nothing catches up: all that differed in the last two looks still does.
judge() {
  in_both stale now > stuck
  in_both differs now > stale.now
  if [ ! -s stuck ] || [ "$(count stuck)" -ne "$(count stale)" ]; then
    if [ ! -s stale.now ]; then unmended=0; fi
  elif [ "$restarted" -gt 0 ] && [ $(($(date +%s) - restarted)) -lt "$restart_seconds" ]; then
    unmended=$(count stuck)
  else
    restart
  fi
  mv stale.now stale
  mv now differs
}

restart() {
  what="$(count stuck) pins differ from the other nodes'"
  may_restart "$what" || return
  say warn "$what and do not catch up: the daemon is restarted, to go through the whole pinset"
  restarted=$(date +%s)
  kill -USR1 "$SUPERVISOR"
}

# Waits for this node's time, so that no two restart at once. Fails if not all nodes are well.
may_restart() {
  while [ $(($(date +%s) / turn_seconds % nodes + 1)) -ne "$place" ]; do sleep 1; done
  all_well || { say warn "$1; there is a restart as soon as all nodes are well" && return 1; }
}

kubo_takes_pins() {
  timeout 60 wget -q -O /dev/null --post-data '' "$kubo/pin/add?arg=/ipfs/$probe&recursive=false" &&
    timeout 60 wget -q -O /dev/null --post-data '' "$kubo/pin/rm?arg=/ipfs/$probe&recursive=false"
}

# Has kubo restarted if it takes no pin, in two looks in a row. start_kubo.sh starts it again.
judge_kubo() {
  if kubo_takes_pins 2> /dev/null; then refusals=0 refusing=0 && return; fi
  refusals=$((refusals + 1))
  if [ "$refusals" -lt 2 ]; then return; fi
  if [ "$kubo_restarted" -gt 0 ] && [ $(($(date +%s) - kubo_restarted)) -lt "$restart_seconds" ]; then refusing=1 && return; fi
  may_restart "kubo takes no pin" || return
  say warn "kubo takes no pin: it is restarted, to open its datastore again"
  kubo_restarted=$(date +%s)
  timeout 60 wget -q -O /dev/null --post-data '' "$kubo/shutdown"
}

# Whether every node answers, with its kubo.
all_well() {
  ipfs-cluster-ctl --force-http --enc json peers ls > nodes 2> /dev/null || return
  [ "$(grep -c '^    "peername": ' nodes)" -eq "$nodes" ] && ! grep -q '"error": "[^"]' nodes
}

# Leaves in unheld and orphaned what is so in this look, and in the variables how many were so in the last one too.
compare_pins() {
  awk '$3 == 1 { print $1 }' own > wanted
  for type in recursive direct; do
    timeout 600 wget -q -O - --post-data '' "$kubo/pin/ls?type=$type&stream=true" || return
  done | awk -F '"' '$2 == "Cid" { print $4 }' > held || return
  in_second held wanted > unheld.now
  in_second wanted held > orphaned.now
  unheld=$(in_both unheld unheld.now | wc -l)
  orphaned=$(in_both orphaned orphaned.now | wc -l)
  mv unheld.now unheld
  mv orphaned.now orphaned
}

sleep "$turn_seconds"
while kill -0 "$SUPERVISOR" 2> /dev/null; do
  if compare_pinsets 2> errors && compare_pins 2>> errors; then
    pins=$(count own)
    judge
    judge_kubo
    level=info
    if [ $((unmended + refusing)) -gt 0 ]; then level=error; fi
    few=''
    if [ "$unmended" -gt 0 ]; then few=",\"stuck\":\"$(cut -d ' ' -f 1 stuck | head -n 5 | tr '\n' ' ')\""; fi
    say "$level" compared "$few,\"pins\":$pins,\"differing\":$(count stale),\"unmended\":$((unmended + refusing)),\"unheld\":$((unheld)),\"orphaned\":$((orphaned))"
  else
    pins=0
    say info "not compared: a node or kubo does not answer" ",\"reason\":\"$(tail -n 1 errors | tr -dc '[:alnum:] .:/_-')\""
  fi
  # Another node's list crosses to another zone, at about 500 bytes for each pin: 10 kB a second at most (half a dollar a month).
  seconds=$((pins / 20))
  if [ "$seconds" -lt "$least_seconds" ] || [ -s stale ]; then seconds=$least_seconds; fi
  sleep "$seconds"
done
