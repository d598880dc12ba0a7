#!/bin/sh
# In the keeper of a node that only follows others, in place of the same function: such nodes do not see each other in ipfs-cluster.
# shellcheck shell=busybox disable=SC2154

# Whether every node answers, with its kubo.
all_well() {
  for host in '' $others; do
    ipfs-cluster-ctl --force-http --enc json ${host:+--host "/dns4/$host/tcp/9094"} id > nodes 2> /dev/null || return
    if grep -q '"error": "[^"]' nodes; then return 1; fi
  done
}
