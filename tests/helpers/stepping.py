"""Stand-ins for `sleep` and `date`, with which a test takes a script on step by step; both look into the folder WORLD."""

# Each sleep lasts until the test goes on.
SLEEP = """#!/bin/sh
echo "$1" >> "$WORLD/slept"
while [ ! -e "$WORLD/go" ]; do /bin/sleep 0.02; done
rm "$WORLD/go"
"""
DATE = """#!/bin/sh
case "$1" in +%s) cat "$WORLD/seconds" ;; *) echo then ;; esac
"""
