#!/bin/sh
# Installs the packages as the lock file has them, after a look at what that needs. Called by `make` when node_modules is
# missing or older than the lock file.
set -eu

fail() {
  echo "install: $1" >&2
  exit 1
}

command -v node >/dev/null 2>&1 || fail 'Node is missing: install Node 20 or newer (it comes with npm)'
command -v npm >/dev/null 2>&1 || fail 'npm is missing: it comes with Node; Debian has it in the package npm'
version=$(node -p 'process.versions.node') || fail 'node does not run'
[ "${version%%.*}" -ge 20 ] || fail "Node is $version: 20 or newer is needed to install"

echo 'installing the packages (npm ci); this takes a minute or two'
npm ci --no-audit --no-fund --no-update-notifier --loglevel=error ||
  fail 'npm ci failed; its words are above (a full disk? no way to the registry?)'

# The tools are TypeScript that Node runs as it is. On Linux the right Node is among the packages.
PATH="$PWD/node_modules/.bin:$PATH"
node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 24 || (major === 24 && minor >= 16) ? 0 : 1)' ||
  fail "Node $(node -p process.versions.node) runs here: on this platform install Node 24.16 or newer yourself"
