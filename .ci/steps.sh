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
