#!/bin/sh
# on-fleet.sh <command…>: runs what looks at a fleet or ends it, and waits for no installation: where nothing is installed,
# nothing runs.
set -eu

node=node
[ ! -e node_modules/.bin/node ] || node=node_modules/.bin/node
said=$("$node" tools/fleet/src/whole.mjs 2>&1) || true
[ "$said" != whole ] || exec "$@"
stack=${STACK_DIR:-.stack}
if [ -e "$stack/fleet.json" ] || grep -qs '"up": *true' "$stack/docker/choice.json"; then
  printf '%s\n' "a fleet may be up, but it cannot be asked: the packages are not installed whole; make install first" "$said" >&2
  exit 1
fi
echo 'nothing is installed here, so no fleet is up'
