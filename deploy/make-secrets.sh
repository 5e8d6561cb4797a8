#!/bin/sh
# Makes every secret of the compose files: random values, and a CA with a server certificate for DOMAIN.
# What is there already is kept: to change one, remove its file and run this again. No secret is printed.
# With `passwords` as its argument only what needs no openssl, in a folder that is open to all: for a volume.
set -eu
umask 077

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
dir=${SECRETS_DIR:-$here/secrets}
only=${1:-all}
[ "$only" = passwords ] || command -v openssl >/dev/null || { echo 'openssl is needed and was not found' >&2; exit 1; }

from_env_file() { # NAME: its value in .env beside the compose files, where compose reads it too
  [ ! -f "$here/.env" ] || sed -n "s/^$1=//p" "$here/.env" | tail -n 1
}
domain=${DOMAIN:-$(from_env_file DOMAIN)}
domain=${domain:-localhost}
case $domain in
  *[!A-Za-z0-9.-]* | .* | -*) echo "DOMAIN is not a host name: $domain" >&2; exit 1 ;;
esac

mkdir -p "$dir"
case $only in passwords) chmod 0755 "$dir" ;; *) chmod 0700 "$dir" ;; esac
cd "$dir"
# A relative SECRETS_DIR is one of the folder that this was started in.
dir=$(pwd)
work=$(mktemp -d "$dir/.making.XXXXXX")
trap 'rm -rf "$work"' EXIT

# A file gets its name only when it is whole, so a run that was broken off leaves nothing half made. 0444: containers
# read it as users of their own; on the host the folder keeps everybody else out.
keep() { # NAME [MODE] < content
  cat >"$work/$1"
  chmod "${2:-0444}" "$work/$1"
  mv "$work/$1" "$1"
  echo "made $dir/$1"
}
lacks() { [ ! -s "$1" ]; }
random() { od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n'; echo; }

for name in redis_password session_keys ops_token control_token stats_password dashboard_password; do
  if lacks "$name"; then random | keep "$name"; fi
done

# The same passwords in the form that each program reads.
if lacks redis_url; then echo "redis://:$(cat redis_password)@redis:6379" | keep redis_url; fi
if lacks redis.conf; then echo "requirepass $(cat redis_password)" | keep redis.conf; fi
if lacks stats_users.cfg; then
  printf 'userlist stats\n    user admin insecure-password %s\n' "$(cat stats_password)" | keep stats_users.cfg
fi
[ "$only" = all ] || exit 0

if lacks dashboard_users; then
  printf 'admin:%s\n' "$(openssl passwd -apr1 -stdin <dashboard_password)" | keep dashboard_users
fi

# The CA may sign for DOMAIN and this machine only: a browser that is told to trust it trusts it for nothing else.
if lacks ca.crt || lacks ca.key; then
  cat >"$work/ca.cnf" <<CNF
[req]
distinguished_name = name
x509_extensions = ca
prompt = no
[name]
O = Nestfleet
CN = Nestfleet local CA for $domain
[ca]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
nameConstraints = critical, @permitted
[permitted]
permitted;DNS.1 = localhost
permitted;DNS.2 = $domain
permitted;IP.1 = 127.0.0.0/255.0.0.0
permitted;IP.2 = 0:0:0:0:0:0:0:1/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF
CNF
  openssl ecparam -name prime256v1 -genkey -noout -out "$work/key"
  openssl req -x509 -new -key "$work/key" -sha256 -days 3650 -config "$work/ca.cnf" -out "$work/crt"
  keep ca.key 0400 <"$work/key"
  keep ca.crt <"$work/crt"
  rm -f tls.crt tls.key tls.pem
fi

if lacks tls.crt || lacks tls.key; then
  names="DNS:$domain, DNS:localhost, IP:127.0.0.1, IP:::1"
  for sub in api app consul traefik webserver; do
    names="$names, DNS:$sub.$domain, DNS:$sub.localhost"
  done
  cat >"$work/tls.cnf" <<CNF
[req]
distinguished_name = name
prompt = no
[name]
CN = $domain
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = $names
CNF
  openssl ecparam -name prime256v1 -genkey -noout -out "$work/key"
  openssl req -new -key "$work/key" -sha256 -config "$work/tls.cnf" -out "$work/csr"
  # 397 days: the longest that browsers take.
  openssl x509 -req -in "$work/csr" -CA ca.crt -CAkey ca.key -set_serial "0x$(openssl rand -hex 16)" -sha256 -days 397 \
    -extfile "$work/tls.cnf" -extensions server -out "$work/crt" 2>/dev/null
  keep tls.key <"$work/key"
  keep tls.crt <"$work/crt"
  rm -f tls.pem
fi
if lacks tls.pem; then cat tls.crt tls.key | keep tls.pem; fi

case $(openssl x509 -in tls.crt -noout -text) in
  *"DNS:api.$domain,"* | *"DNS:api.$domain
"*) ;;
  *) echo "note: the certificate is not for $domain; remove $dir/ca.crt and run this again for one that is" >&2 ;;
esac
openssl x509 -in tls.crt -noout -checkend 604800 >/dev/null ||
  echo "note: the certificate ends within a week; remove $dir/tls.crt and run this again for a new one" >&2
