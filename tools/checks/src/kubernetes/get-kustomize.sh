#!/bin/sh
# Debian's package of Kustomize, unpacked below a folder and not installed: get-kustomize.sh FOLDER. Debian has it from
# trixie on; the list of that suite is kept in the folder too, and the machine's own lists stay as they are.
set -eu
dir=$1
[ -x "$dir/usr/bin/kustomize" ] && exit 0
mirror=$({ sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/*.sources
  sed -n 's/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) .*/\2/p' /etc/apt/sources.list; } 2>/dev/null | tr ' ' '\n' | grep -m 1 '/debian/*$')
mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
cd "$dir"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >sources.list
apt() {
  apt-get -qq -o Dir::Etc::sourcelist="$dir/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$dir/lists" \
    -o Dir::Cache="$dir/cache" -o APT::Sandbox::User=root -o Acquire::Languages=none "$@"
}
apt update
apt download kustomize
dpkg-deb -x kustomize_*.deb .
