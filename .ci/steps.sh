#!/usr/bin/env bash
# Steps of .ci/run: commands under a time limit. To be sourced.

# within <seconds> <command…>: also a function of the script that calls, with all others; `timeout` itself starts programs only.
# A function runs in a bash of its own: of the variables it sees the exported ones, and what it sets is lost.
within() {
  local limit_s=$1
  shift
  local command=("$@")
  [ "$(type -t "$1")" != function ] || command=(bash -uc "$(declare -f)"$'\n''set -o pipefail; "$@"' bash "$@")
  timeout --kill-after=30 "$limit_s" "${command[@]}"
}

# twice <seconds> <command…>: tried again once, because mirrors and registries have bad moments.
twice() {
  within "$@" && return
  echo "failed, once more: ${*:2}"
  within "$@"
}

# step <name> <command…>: in this shell, so that what it sets stays; how long it took is a line of $times.
step() {
  local from=$SECONDS code
  "${@:2}"
  code=$?
  took "$1" $((SECONDS - from))
  return "$code"
}
took() { printf '%-28s %5d s\n' "$1" "$2" >>"$times"; }

# sum_of <log>: the last line of a sum in it; of checks that did not come to an end one has failed.
sum_of() {
  local line
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$1" 2>/dev/null | tail -n 1)
  echo "${line:-0 passed, 1 failed, 0 skipped}"
}
# add_sums: those of standard input, as one.
add_sums() { awk '{ passed += $1; failed += $3; skipped += $5 } END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped }'; }
