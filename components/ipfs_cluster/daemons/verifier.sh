#!/bin/sh
# Beside kubo: reads the blocks of this node's pins, slowly, one pin after the other, and brings back those that are missing or damaged
# from another node's gateway. Kubo compares each block that it reads with its hash (Datastore.HashOnRead).
# A damaged block is kept in the directory damaged, next to kubo's, once there is a good one. Nothing is deleted.
# It says in a line of JSON, which CloudWatch counts, each hour and when all pins are read:
#   blocks   read since the last line
#   mended   brought back since the last line
#   damaged  missing or damaged, and no other node has them, when their pins were last read
# A file /tmp/verify has all blocks of all pins read at once, without pauses: touch it; it is gone when that is done.
# shellcheck shell=busybox disable=SC2153

set -u
rate="$VERIFIER_BYTES_PER_SECOND" # 0 for only when it is asked to
least_bytes=32768 # which EFS takes any read for (EFS User Guide, "Metering: How Amazon EFS reports file system and object sizes")
sample=2000 # blocks of one level of a pin's DAG: of more, about as many at random
round_seconds=86400 # from the first pin to the first pin, at least
api=http://127.0.0.1:5001/api/v0
kept="$IPFS_PATH/verifier" # position: the CID of the last pin; damaged: pins with their blocks
now=/tmp/verify
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work" || exit
mkdir -p "$kept" && touch "$kept/position" "$kept/damaged" || exit
blocks=0 mended=0 owed=0 said=$(date +%s)

say() { printf '{"ts":"%s","level":"%s","logger":"verifier","node":"%s","msg":"%s"%s}\n' "$(date -u +%FT%TZ)" "$1" "$NODE" "$2" "${3:-}"; }
damaged() { cut -d ' ' -f 2 "$kept/damaged" | sort -u | wc -l; }
summary() {
  say info "$1" ",\"blocks\":$blocks,\"mended\":$mended,\"damaged\":$(damaged)"
  blocks=0 mended=0 said=$(date +%s)
}
hourly() {
  if [ $(($(date +%s) - said)) -ge 3600 ] && { [ "$blocks" -gt 0 ] || [ -s "$kept/damaged" ]; }; then summary "pins read: some"; fi
}
ask() { timeout 600 wget -q -O - --post-data '' "$api/$1" 2> /dev/null; }
ipfs_api() { timeout 600 ipfs --api=/ip4/127.0.0.1/tcp/5001 "$@"; }

# Reads a block, and waits as long as that costs. Fails if kubo does not have it as it should be; with 2 if kubo does not answer.
read_block() {
  blocks=$((blocks + 1))
  if answer="$(ask "block/stat?arg=$1&offline=true")"; then
    size="${answer##*'"Size":'}"
    size="${size%%[!0-9]*}"
    if [ "$size" -lt "$least_bytes" ]; then size=$least_bytes; fi
    owed=$((owed + size))
    while [ "$rate" -gt 0 ] && [ "$owed" -ge "$rate" ] && [ ! -e "$now" ]; do
      seconds=$((owed / rate))
      if [ "$seconds" -gt 10 ]; then seconds=10; fi # the file now may come
      sleep "$seconds"
      owed=$((owed - seconds * rate))
    done
    return
  fi
  reason="$(ipfs_api block stat --offline "$1" 2>&1)" && return
  case "$reason" in *"not found locally"* | *"different hash"*) return 1 ;; *) return 2 ;; esac
}

# Brings a block from the first other node that has it. Kubo takes it in under the hash of what came, so wrong bytes change nothing.
mend() {
  case "$1" in bafy2bza* | bafk2bza*) hash=blake2b-256 ;; *) hash=sha2-256 ;; esac
  # Where a flatfs has it. Kubo writes over no block that it thinks it has.
  key="$(ipfs cid format -b base32upper -f %M "$1")" || return
  file="$(find "$IPFS_PATH/blocks" -name "$key.data" 2> /dev/null)"
  for host in $PEERS; do
    timeout 60 wget -q -O block "http://$host:8080/ipfs/$1?format=raw" 2> /dev/null || continue
    if [ -n "$file" ]; then mkdir -p "$IPFS_PATH/damaged" && mv "$file" "$IPFS_PATH/damaged/$key.data" || return; fi
    if read_block "$1"; then return; fi # so that kubo knows that it is gone
    if ipfs_api block put --cid-codec=raw --mhtype="$hash" --allow-big-block block > /dev/null 2>&1 && read_block "$1"; then
      say warn "block $1 is brought back from $host"
      mended=$((mended + 1))
      return
    fi
    if [ -n "$file" ]; then mv "$IPFS_PATH/damaged/$key.data" "$file"; fi
  done
  return 1
}

# Reads a block of a pin, and mends it. Fails if it stays as it is; with 2 if kubo does not answer.
verify() {
  read_block "$1"
  code=$?
  # What was unpinned meanwhile may be collected.
  if [ "$code" -ne 1 ] || ! ask "pin/ls?arg=$2" > /dev/null; then return $((code & 2)); fi
  say error "block $1 of pin $2: $(echo "$reason" | tr -dc '[:alnum:] .:()/_-')"
  if ! mend "$1"; then
    echo "$2 $1" >> "$kept/damaged"
    return 1
  fi
}

# The CIDs in a block's DAG-JSON. (`refs` gives none behind a damaged one.)
links() { tr '{' '\n' | awk -F '"' '$2 == "/" && $4 != "" { print $4 }'; }

# Reads a pin's blocks, level by level of its DAG. Fails if kubo does not answer. What is below a block that cannot be had is not known.
verify_pin() {
  grep -v "^$1 " "$kept/damaged" > of_others
  cp of_others "$kept/damaged"
  echo "$1" > level
  : > seen
  while [ -s level ]; do
    : > below
    while read -r cid <&3; do
      verify "$cid" "$1"
      case $? in 0) ;; 1) continue ;; *) return 1 ;; esac
      case "$cid" in
      bafkrei*) ;; # raw: nothing is below
      *) ask "dag/get?arg=$cid&output-codec=dag-json&offline=true" | links >> below ;;
      esac
      hourly
    done 3< level
    cat level >> seen
    sort -u below | awk 'FILENAME == ARGV[1] { seen[$0]; next } !($0 in seen)' seen - > level
    total=$(($(wc -l < level)))
    if [ "$total" -gt "$sample" ] && [ ! -e "$now" ]; then
      awk -v seed="$(date +%s)" -v part="$sample" -v all="$total" 'BEGIN { srand(seed) } rand() * all < part' level > some
      mv some level
    fi
  done
}

# The next pins behind a position, in the order of their CIDs. Fails if kubo does not answer.
next_pins() {
  for type in recursive direct; do ask "pin/ls?type=$type&stream=true" || return; done > all_pins
  awk -F '"' -v after="$1" -v most=50 '
    $2 != "Cid" || $4 <= after { next }
    count < most { pins[++count] = $4; if (count == 1 || $4 > pins[last]) last = count; next }
    $4 < pins[last] { pins[last] = $4; for (i = 1; i <= count; i++) if (pins[i] > pins[last]) last = i }
    END { for (i in pins) print pins[i] }' all_pins | sort
}

after="$(cat "$kept/position")"
begun=$(date +%s)
rest_until=$((begun + 300)) # a start has enough to read
while :; do
  hourly
  if [ -e "$now" ] && [ ! -e asked ]; then
    say info "all blocks of all pins are read at once"
    touch asked
    after='' begun=$(date +%s) rest_until=0
  fi
  if [ "$(date +%s)" -lt "$rest_until" ] || { [ "$rate" -eq 0 ] && [ ! -e asked ]; } || ! next_pins "$after" > pins; then
    sleep 10
    continue
  fi
  if [ ! -s pins ]; then
    summary "pins read: all"
    if [ -e asked ]; then rm -f asked "$now"; fi
    after='' rest_until=$((begun + round_seconds)) begun=$rest_until
    : > "$kept/position"
    continue
  fi
  while read -r pin <&4; do
    verify_pin "$pin" || break
    after="$pin"
    echo "$after" > "$kept/position"
    if [ -e "$now" ] && [ ! -e asked ]; then break; fi
  done 4< pins
done
