#!/bin/sh
# Beside ipfs-cluster's daemon and the keeper, in a cluster over several Regions: looks at the other Regions once a minute. Where pins are to
# be held in each Region, it names those that miss one, and the first of all nodes brings copies back to it.
# Each look ends with a line of JSON, which CloudWatch counts:
#   apart      Regions none of whose nodes is seen from here
#   unseen     nodes of other Regions that are not seen
#   cut        nodes whose ping arrives through others, and that do not answer this one
#   behind     age in seconds of the oldest pin, of some from the last hour, that a node of another Region lacks: all of them if 0
#   sent       bytes that this node sent to other Regions since its last look: kubo counts them by peer; of what ipfs-cluster sent to all
#              others, the part of the nodes in other Regions
#   one_sided  pins that miss a Region, in two lists in a row (with replicas in each Region)
#   few        the first five of them
# A pin that misses a Region is pinned again in two steps, since ipfs-cluster allocates nothing while a pin has its minimum (allocate.go,
# obtainAllocations): with as many copies demanded as it will have, and the Region's nodes preferred; then with its own numbers again. In both
# it keeps the copies that it has. Its maximum rises with them, where it would be too small: ipfs-cluster would drop what is too much by
# chance. That happens while all nodes have been well for three looks, and to so many pins a minute as BATCH.
# REGION_NODES has a line for each node of all Regions, in the same order everywhere: Region, node, peer IDs of ipfs-cluster and kubo, host, and
# whether it is a writer or a reader, which sends no ping.
# REGION_COPIES is how many nodes of each Region are to hold a pin, 0 for no matter.
# shellcheck shell=busybox disable=SC2153,SC2154,SC2013,SC2094

set -u
BATCH=50
look_seconds="${CLUSTER_REGIONS_SECONDS:-60}"
kubo=http://127.0.0.1:5001/api/v0
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work" || exit
printf '%s\n' "$REGION_NODES" > nodes
here="$(awk -v me="$CLUSTER_ID" '$3 == me { print $1 }' nodes)"
first="$(head -n 1 nodes | cut -d ' ' -f 3)"
place="$(grep -n " $CLUSTER_ID " nodes | cut -d : -f 1)"
calm=0 behind=0 one_sided=0 next_list=0 sent_before='' turn=0
: > lacking

say() { printf '{"ts":"%s","level":"%s","logger":"regions","node":"%s","msg":"%s"%s}\n' "$(date -u +%FT%TZ)" "$1" "$CLUSTER_PEERNAME" "$2" "${3:-}"; }
count() { echo $(($(wc -l < "$1"))); }
ctl() { ipfs-cluster-ctl --force-http --enc json "$@"; } # with the credentials from the environment
seconds_of() { date -u -d "$(echo "$1" | sed 's/T/ /; s/Z//')" +%s; }

# Leaves in unseen, apart, cut, unwell and away what is seen. ipfs-cluster lists the peers whose ping arrives, with an error if one does not answer.
see() {
  timeout 50 ipfs-cluster-ctl --force-http --enc json peers ls > peers 2> /dev/null
  for host in $(awk -v me="$CLUSTER_ID" '$6 == "reader" && $3 != me { print $5 }' nodes); do
    timeout 5 ipfs-cluster-ctl --force-http --enc json --host "/dns4/$host/tcp/9094" id >> peers 2> /dev/null
  done
  awk -F '"' -v here="$here" -v me="$CLUSTER_ID" '
    FILENAME == "nodes" { split($0, node, " "); region[node[3]] = node[1]; next }
    /^    "id": / { id = $4 }
    /^    "error": "[^"]/ { cut[id] }
    /^        "error": "[^"]/ { ill[id] }
    /^}/ { listed[id] }
    END {
      for (id in region) {
        seen = id == me || id in listed && !(id in cut)
        if (id in cut) cuts++
        if (!seen || id in ill) unwell++
        if (region[id] == here) continue
        if (seen) there[region[id]]; else unseen++
        others[region[id]]
      }
      for (r in others) if (!(r in there)) { apart++; names = names " " r }
      print unseen + 0, apart + 0, cuts + 0, unwell + 0, names
    }' nodes peers > seen
  read -r unseen apart cut unwell away < seen
  if [ "$unwell" -eq 0 ]; then calm=$((calm + 1)); else calm=0; fi
}

# How many bytes this node has sent to other Regions since its daemons started.
sent_so_far() {
  for peer in $(awk -v here="$here" '$1 != here { print $4 }' nodes); do
    timeout 10 wget -q -O - --post-data '' "$kubo/stats/bw?peer=$peer" | tr , '\n' | grep '"TotalOut":'
  done | awk -F : '{ sum += $2 } END { printf "%.0f\n", sum }' > of_kubo
  timeout 10 ipfs-cluster-ctl --force-http --enc json health bandwidth | awk -F ': ' -v here="$here" '
    FILENAME == "nodes" { if ($0 ~ "^" here " ") own++; else others++; next }
    /"total_out": / { sum += $2 }
    END { printf "%.0f\n", sum * others / (own + others - 1) }' nodes - > of_cluster
  cat of_kubo of_cluster | awk '{ sum += $1 } END { printf "%.0f\n", sum }'
}

# The pins of this node's pinset: a line for each with its CID, when it was pinned, its smallest and largest number of copies, how many it has,
# how many it lacks in all Regions, and the peers that could take them. A pin that everything holds lacks nothing, and neither does one that
# is to have fewer copies than there are Regions for: its own numbers say so.
judged() {
  awk -F '"' -v k="${REGION_COPIES:-0}" '
    FILENAME == "nodes" { split($0, node, " "); region[node[3]] = node[1]; if (!(node[1] in size)) regions++; size[node[1]]++; next }
    /^    "replication_factor_min": / { sub(/^: /, "", $3); min = $3 + 0 }
    /^    "replication_factor_max": / { sub(/^: /, "", $3); max = $3 + 0 }
    /^    "cid": / { cid = $4; held = 0; split("", holds); split("", has) }
    /^    "type": / { type = $4 }
    /^    "allocations": \[$/ { allocations = 1; next }
    /^    \]/ { allocations = 0 }
    allocations { holds[$2]; held++; if ($2 in region) has[region[$2]]++ }
    /^    "timestamp": / { when = $4 }
    /^}/ {
      if (type != "pin") next
      lacks = 0; peers = ""
      if (k > 0 && held > 0 && (max >= k * regions || (min == k && max > k))) {
        for (r in size) { want = size[r] < k ? size[r] : k; if (has[r] < want) { lacks += want - has[r]; short[r] } }
        for (id in region) if (region[id] in short && !(id in holds)) peers = peers "," id
        split("", short)
      }
      print cid, when, min, max, held, lacks, substr(peers, 2)
    }' nodes -
}

# Lists all pins: leaves the recent ones in recent, and those that miss a Region, now and in the list before, in one_sided.now.
list() {
  timeout 900 ipfs-cluster-ctl --force-http --enc json pin ls 2> /dev/null | judged > pins || return
  awk -v since="$(date -u -d "@$(($(date +%s) - 3600))" +%FT%TZ)" '$2 >= since { print $2, $1 }' pins | sort > recent
  awk '$6 > 0 { print $1 }' pins > lacking.now
  awk 'FILENAME == ARGV[1] { before[$0]; next } $0 in before' lacking lacking.now > one_sided.now
  mv lacking.now lacking
  one_sided=$(count one_sided.now)
}

# Leaves in behind how far the Region that is furthest behind is. Each is asked for five pins of the last hour, from the newest to the oldest.
measure() {
  behind=0 turn=$((turn + 1))
  for there in $(cut -d ' ' -f 1 nodes | uniq); do
    if [ "$there" = "$here" ]; then continue; fi
    host="$(awk -v there="$there" -v turn="$turn" '$1 == there { hosts[n++] = $5 } END { print hosts[turn % n] }' nodes)"
    awk '{ line[NR] = $0 } END { for (i = 0; i < 5 && NR > 0; i++) print line[1 + int(i * (NR - 1) / 4)] }' recent | uniq > samples
    while read -r when cid; do
      if ! lacks "$host" "$cid"; then continue; fi
      # What was unpinned a moment ago is not behind: the other node would soon be right.
      sleep 5
      if lacks 127.0.0.1 "$cid" || ! lacks "$host" "$cid"; then continue; fi
      age=$(($(date +%s) - $(seconds_of "$when")))
      if [ "$age" -gt "$behind" ]; then behind=$age; fi
    done < samples
  done
}
lacks() { timeout 10 ipfs-cluster-ctl --force-http --enc json --host "/dns4/$1/tcp/9094" pin ls "$2" 2> /dev/null | grep -q '^    "code": 404'; }

# The options of the pin in the file pin, as arguments of ipfs-cluster-ctl, one a line, for printf %b. Fails if they cannot be given so.
options() {
  awk '
    function hex(text,  i, sum) {
      sum = 0
      for (i = 1; i <= 4; i++) sum = 16 * sum + index("0123456789abcdef", tolower(substr(text, i, 1))) - 1
      return sum
    }
    function byte(number) { return sprintf("\\0%o", number) }
    function rest(number) { return byte(128 + number % 64) }
    function utf8(u) {
      if (u < 128) return byte(u)
      if (u < 2048) return byte(192 + int(u / 64)) rest(u)
      if (u < 65536) return byte(224 + int(u / 4096)) rest(int(u / 64)) rest(u)
      return byte(240 + int(u / 262144)) rest(int(u / 4096)) rest(int(u / 64)) rest(u)
    }
    # The JSON string that begins behind the quote at the given place; leaves in at where it ends.
    function string(text, from,  out, c, u) {
      out = ""
      for (at = from + 1; (c = substr(text, at, 1)) != "\""; at++) {
        if (c != "\\") { out = out c; continue }
        c = substr(text, ++at, 1)
        if (c == "u") {
          u = hex(substr(text, at + 1, 4)); at += 4
          if (u >= 55296 && u < 56320) { u = 65536 + (u - 55296) * 1024 + hex(substr(text, at + 3, 4)) - 56320; at += 6 }
          out = out utf8(u)
        } else out = out (c == "\"" || c == "/" ? c : "\\" c)
      }
      return out
    }
    /^    "name": "/ { print "--name=" string($0, 13) }
    /^    "mode": "/ { print "--mode=" string($0, 13) }
    /^    "origins": \[$/ { failed = 1; exit 1 }
    /^    "metadata": \{$/ { metadata = 1; next }
    /^    \}/ { metadata = 0 }
    metadata {
      key = string($0, 9)
      if (index(key, "=")) { failed = 1; exit 1 }
      print "--metadata=" key "=" string($0, at + 3)
    }
    END { exit failed }' pin || return
  expires="$(awk -F '"' '/^    "expire_at": / && $4 !~ /^0001/ { print $4 }' pin)"
  if [ -n "$expires" ]; then echo "--expire-in=$(($(seconds_of "$expires") - $(date +%s)))s"; fi
}

# Pins the pin in the file pin again, as it is but for the arguments.
pin_again() {
  cid="$1"
  shift
  options > arguments || { echo "$cid has origins, or an equals sign in a key of its metadata" >> errors && return 1; }
  while IFS= read -r line; do
    argument="$(printf '%bx' "$line")"
    set -- "$@" "${argument%x}"
  done < arguments
  timeout 60 ipfs-cluster-ctl --force-http --enc json pin add --no-status "$@" "$cid" > answer 2>&1 && return
  tail -n 2 answer | tr '\n' ' ' >> errors && return 1
}

# Gives copies to the Regions that pins miss.
mend() {
  : > raised
  : > errors
  head -n "$BATCH" one_sided.now | while read -r cid; do
    # Once more: whoever unpinned it meanwhile meant it.
    ctl pin ls "$cid" > pin 2> /dev/null || continue
    read -r cid _ min max held lacks peers <<END
$(judged < pin)
END
    if [ "${lacks:-0}" -eq 0 ]; then continue; fi
    copies=$((held + lacks))
    if pin_again "$cid" --replication-min=$copies --replication-max=$copies --allocations="$peers"; then echo "$cid $min $max $copies" >> raised; fi
  done
  sleep 3 # updates are collected for up to a second
  while read -r cid min max copies; do
    ctl pin ls "$cid" > pin 2> /dev/null || continue
    read -r cid _ now_min now_max held _ <<END
$(judged < pin)
END
    if [ "$now_min" -ne "$copies" ] || [ "$now_max" -ne "$copies" ]; then continue; fi
    if [ "$held" -gt "$max" ]; then max=$held; fi
    pin_again "$cid" --replication-min="$min" --replication-max="$max"
  done < raised
  brought=$(count raised)
  if [ "$brought" -gt 0 ]; then say info "pins are brought to the Regions that they missed" ",\"brought\":$brought"; fi
  if [ -s errors ]; then
    say warn "pins that miss a Region could not be pinned again" ",\"reason\":\"$(tail -n 1 errors | tr -dc '[:alnum:] .:/_-')\""
  fi
}

while kill -0 "$SUPERVISOR" 2> /dev/null && kill -0 $$ 2> /dev/null; do
  sleep $((look_seconds - ($(date +%s) + place * 7) % look_seconds)) # not all nodes at once
  see
  now=$(date +%s)
  # A list of a million pins takes a minute of a processor.
  if [ "$now" -ge "$next_list" ] && list; then
    next_list=$((now + $(count pins) / 500))
    measure
  fi
  sent=$(sent_so_far 2> /dev/null)
  delta=0
  if [ -n "$sent_before" ]; then delta=$((sent < sent_before ? sent : sent - sent_before)); fi
  sent_before=$sent
  level=info more=''
  if [ -n "$away" ]; then level=warn more=",\"away\":\"$away\""; fi
  if [ "$one_sided" -gt 0 ]; then level=warn more="$more,\"few\":\"$(head -n 5 one_sided.now | tr '\n' ' ')\""; fi
  say $level seen "$more,\"apart\":$apart,\"unseen\":$unseen,\"cut\":$cut,\"behind\":$behind,\"sent\":$delta,\"one_sided\":$one_sided"
  if [ "$one_sided" -gt 0 ] && [ "$CLUSTER_ID" = "$first" ] && [ "$calm" -ge 3 ]; then
    mend
    next_list=0
  fi
done
