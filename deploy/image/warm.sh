#!/bin/bash
# Runs the app once, without its servers, so that Node writes down what it compiled. It does so at a clean exit only.
set -euo pipefail

read -r PORT <default-port
export PORT HOST=127.0.0.1 NODE_ENV=production LOG_LEVEL=warn NODE_COMPILE_CACHE=/app/compile-cache
SESSION_KEYS=$(node -p 'crypto.randomUUID()')
OPS_TOKEN=$SESSION_KEYS
CONTROL_TOKEN=$SESSION_KEYS
export SESSION_KEYS OPS_TOKEN CONTROL_TOKEN

node --require ./early-signals.cjs main.js &
app=$!
until (printf 'GET /livez HTTP/1.0\r\n\r\n' >&3 && grep -q ' 200 ' <&3) 3<>"/dev/tcp/$HOST/$PORT"; do
  kill -0 $app
  sleep 0.1
done 2>/dev/null
kill -TERM $app
wait $app
ls compile-cache/*/* >/dev/null
