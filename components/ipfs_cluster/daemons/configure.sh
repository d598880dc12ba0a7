#!/bin/sh
# The configure container: prepares kubo's repository at every start of a task, before kubo, and ends.
# It reads NODE, KUBO_CONFIG, KUBO_PEER_ID, KUBO_PRIVATE_KEY, KUBO_PROFILES, SWARM_MODE and, in private mode, SWARM_KEY.
# KUBO_CONFIG is the configuration without the identity, as JSON. The identity is put in front of it, so that the private key is in
# this container's environment only. @FURTHER@ becomes the user's further settings, @group.input@ the name of an input.
# shellcheck shell=busybox disable=SC2154

set -eu
umask 077
say() { echo "configure: $*"; }
fail() { say "$*" >&2; exit 1; }
say "starting $NODE"
repo="$IPFS_PATH"
fresh="$(mktemp -d)"
trap 'rm -rf "$fresh"' EXIT

if [ "$SWARM_MODE" = public ] && [ -e "$repo/swarm.key" ]; then
  fail "this repository belongs to a private swarm and the node was asked to join the public one, which would show its" \
    "content to everyone. To do that on purpose, remove $repo/swarm.key on every node; else set @swarm.mode@ to private."
fi

case "$KUBO_CONFIG" in *@CREDENTIALS_ENDPOINT@*)
  endpoint="${AWS_CONTAINER_CREDENTIALS_FULL_URI:-http://169.254.170.2${AWS_CONTAINER_CREDENTIALS_RELATIVE_URI:-}}"
  KUBO_CONFIG="${KUBO_CONFIG%%@CREDENTIALS_ENDPOINT@*}$endpoint${KUBO_CONFIG#*@CREDENTIALS_ENDPOINT@}" ;;
esac
printf '{"Identity":{"PeerID":"%s","PrivKey":"%s"},%s' "$KUBO_PEER_ID" "$KUBO_PRIVATE_KEY" "${KUBO_CONFIG#?}" > "$fresh/settings.json"
if ! IPFS_PATH="$fresh/repo" ipfs init --empty-repo --profile="$KUBO_PROFILES" "$fresh/settings.json" > "$fresh/log" 2>&1; then
  cat "$fresh/log" >&2
  if grep -q "unknown datastore type: s3ds" "$fresh/log"; then
    fail "the image of @nodes.kubo_image@ has no s3ds datastore, which @storage.datastore@ s3 needs: see docs/configuration.md, Blocks in S3."
  fi
  fail "kubo does not take the settings, or its datastore cannot be opened (above)."
fi
set_further() {
  IPFS_PATH="$fresh/repo" ipfs config --json "$1" "$2" 2> "$fresh/log" ||
    { cat "$fresh/log" >&2; fail "kubo does not take @nodes.kubo_config@ $1 = $2 (above)."; }
}
:  # @FURTHER@
if [ "$SWARM_MODE" = private ]; then
  rm -f "$repo/swarm.key"
  printf '%s\n' "$SWARM_KEY" > "$repo/swarm.key"
  chmod 400 "$repo/swarm.key"
fi
made="$(cat "$repo/datastore_spec" 2> /dev/null || true)"
asked="$(cat "$fresh/repo/datastore_spec")"
if [ -n "$made" ] && [ "$made" != "$asked" ]; then
  fail "this repository was created with another datastore than @storage.datastore@ asks for, and none is ever converted: it has $made," \
    "asked for is $asked. Set @storage.datastore@ back, or rebuild the node: see docs/operations.md, Rebuild a node."
fi
write_config() {
  cp "$fresh/repo/config" "$repo/config.new"
  mv -f "$repo/config.new" "$repo/config"
}
# Both are empty where a crash came before the first write to the disk: that is no repository yet.
if [ -e "$repo/config" ] && { [ -s "$repo/config" ] || [ -s "$repo/version" ]; }; then
  # Kubo writes it with a line's end behind the last brace. A migration changes what is there, so a sound one stays until then.
  case "$(tail -c 2 "$repo/config")" in
    *"}"*) ;;
    *)
      say "the configuration is damaged (it has no end): it is written anew"
      write_config
      ;;
  esac
  case "$(cat "$repo/version" 2> /dev/null)" in
    '' | *[!0-9]*) fail "the repository's version is damaged ($repo/version): rebuild the node, see docs/operations.md, Rebuild a node." ;;
  esac
  ipfs repo migrate || fail "the repository could not be migrated (above); the previous image still works with it. See docs/operations.md, Upgrade."
else
  say "creating a repository"
  # config comes last (below): an interrupted start begins again.
  for file in version datastore_spec; do
    [ -s "$repo/$file" ] || cp "$fresh/repo/$file" "$repo/$file"
  done
fi
if cmp -s "$fresh/repo/config" "$repo/config"; then
  say "settings are unchanged"
else
  write_config
  say "settings are written"
fi
