#!/bin/sh
# Installs the packages as the lock file has them, after a look at what that needs. Called by `make` before all that needs
# them: where they are whole it says nothing.
set -eu

# Of 2026-11: 749 MB in node_modules, 292 MB more in npm's cache where that is empty.
modules_mb=850
cache_mb=350
# Written last, after the list of all files, a copy of the lock file: what failed, was interrupted or is of another lock file
# has none like it.
stamp=node_modules/.installed
own=$(pwd -P)/node_modules/.bin

fail() {
  echo "install: $1" >&2
  exit 1
}

# Also finds out what was lost later: a truncated `node` does not run this. It is named by its path, because a shell may pass
# over one on PATH that the system refuses, and others will not.
look() {
  code=0
  node=node
  [ ! -e "$own/node" ] || node=$own/node
  said=$(PATH="$outside" && "$node" tools/fleet/src/whole.mjs "$@" 2>&1) || code=$?
}
leave_if_whole() {
  said=
  cmp -s package-lock.json "$stamp" || return 0
  look
  [ "$said" != whole ] || exit 0
  [ "$code" -ne 78 ] || fail "$said"
}

# PATH without the programs that are being installed: those of an install that broke off must not run here.
path_outside() (
  kept=
  IFS=:
  set -f
  for folder in $PATH; do
    [ "$(cd "${folder:-.}" 2>/dev/null && pwd -P)" = "$own" ] || kept="${kept:+$kept:}$folder"
  done
  echo "$kept"
)

# The folder of a path that is there: what is not there yet will be made in it.
existing() (
  folder=$1
  while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
  echo "$folder"
)
size_mb() { if [ -e "$1" ]; then du -sk "$1" | awk '{ print int($1 / 1024) }'; else echo 0; fi; }
free_mb() { df -Pk "$1" | awk 'NR == 2 { print int($4 / 1024) }'; }
disk_of() { df -Pk "$1" | awk 'NR == 2 { print $1, $6 }'; }

# need <MB> <what> <folder> <MB that are given back>
need() {
  free=$(($(free_mb "$3") + $4))
  [ "$free" -ge "$1" ] || fail "$2 needs $1 MB of room in $3, and $free MB are free there"
}

look_at_room() {
  cache=$(existing "$(npm config get cache)")
  to_cache=$((cache_mb - $(size_mb "$cache/_cacache")))
  [ "$to_cache" -gt 0 ] || to_cache=0
  if [ "$(disk_of "$cache")" = "$(disk_of .)" ]; then
    need $((modules_mb + to_cache)) 'node_modules with the cache of npm' "$PWD" "$(size_mb node_modules)"
  else
    need "$modules_mb" node_modules "$PWD" "$(size_mb node_modules)"
    need "$to_cache" 'the cache of npm' "$cache" 0
  fi
}

# What broke off is removed, with what npm said of it.
give_up() {
  printf '%s\n' "$output" >&2
  rm -rf node_modules
  fail "$1; nothing of it is left in node_modules"
}

outside=$(path_outside)
leave_if_whole

# Of two at the same time the second waits, and finds the work done. The lock ends with who holds it, npm included.
if command -v flock >/dev/null 2>&1; then
  exec 9<package-lock.json
  flock -n 9 || { echo 'install: another one is under way in this folder; waiting for it' && flock 9; }
  leave_if_whole
fi

export PATH="$outside"
command -v node >/dev/null 2>&1 || fail 'Node is missing: install Node 20 or newer (it comes with npm)'
command -v npm >/dev/null 2>&1 || fail 'npm is missing: it comes with Node; Debian has it in the package npm'
version=$(node -p 'process.versions.node') || fail "$(command -v node) does not run"
[ "${version%%.*}" -ge 20 ] || fail "Node is $version: 20 or newer is needed to install"
look_at_room

[ -z "$said" ] || printf 'what is installed is not whole: %s\n' "$said"
echo 'installing the packages (npm ci); this takes a minute or two'
output=$(npm ci --no-audit --no-fund --no-update-notifier --loglevel=warn 2>&1) ||
  give_up 'npm ci failed; its output is above (a full disk? no way to the registry?)'
# A file that could not be written whole is a warning to npm, and no failure.
case $output in
*TAR_ENTRY_ERROR*) give_up 'npm ci could not write all files; its output is above (a full disk?)' ;;
esac

# The tools are TypeScript that Node runs as it is. On Linux the right Node is among the packages.
look --seal
[ "$said" = whole ] || [ "$code" -eq 78 ] || give_up "npm ci did not install all, though it ended well ($said)"
{ cp package-lock.json "$stamp.tmp" && mv "$stamp.tmp" "$stamp"; } || give_up 'the disk is full'
[ "$code" -ne 78 ] || fail "$said"
