#!/bin/bash
# Moves the built app named $1 into place and asks it for the port that it listens on by default.
set -euo pipefail

if [ ! -f "/built/${1:-.}/main.js" ]; then
  apps=$(cd /built && echo */main.js)
  echo "there is no app '${1-}': build with --build-arg APP= and one of ${apps//\/main.js/}" >&2
  exit 64
fi
cp -R "/built/$1/." /image/early-signals.cjs /app
node main.js print-environment |
  node -p 'JSON.parse(require("node:fs").readFileSync(0, "utf8")).find(({ name }) => name === "PORT").default' \
    >default-port
install -d -o 1000 -g 1000 compile-cache
