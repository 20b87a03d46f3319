#!/usr/bin/env bash
# Brings up a throwaway PostgreSQL 15 from Debian's package, and takes it down again.
#
#   postgres.sh DATADIR          starts one afresh; DATADIR/socket is then the directory to connect to
#   postgres.sh --stop DATADIR   ends it and removes its data
#
# It listens on a unix socket only, trusts its callers, has one superuser "milkrun" and the database "postgres".
# The cluster lies in a directory of its own under TMPDIR, because PostgreSQL refuses to run as root, the user it
# runs as then must reach it, and a unix socket's path holds 107 bytes.
set -euo pipefail
bin=/usr/lib/postgresql/15/bin

die() { echo "postgres.sh: $*" >&2; exit 1; }
as_user() { if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi; }

stop=""
if [ "${1:-}" = --stop ]; then stop=yes; shift; fi
[ $# -eq 1 ] || { sed -n '4,5s/^# *//p' "${BASH_SOURCE[0]}" >&2; exit 64; }
mkdir -p "$1"
data=$(cd "$1" && pwd -P)

if cluster=$(readlink "$data/socket"); then
  as_user "$bin/pg_ctl" -D "$cluster/data" -m immediate -w stop &>/dev/null || true
  rm -rf "$cluster" "$data/socket" "$data/log"
fi
if [ -n "$stop" ]; then rmdir "$data"; exit 0; fi
[ -x $bin/initdb ] || die "the package postgresql-15 is missing (packaging/apt-test.txt)"

cluster=$(mktemp -d "${TMPDIR:-/tmp}/milkrun-pg.XXXXXX")
if [ "$(id -u)" = 0 ]; then chown postgres "$cluster"; fi
ln -s "$cluster" "$data/socket"
{
  as_user $bin/initdb -D "$cluster/data" -U milkrun -A trust --no-sync --no-instructions -E UTF8 --locale=C
  as_user $bin/pg_ctl -D "$cluster/data" -l "$cluster/log" -w start \
    -o "-c listen_addresses='' -c unix_socket_directories=$cluster -c fsync=off -c shared_buffers=32MB"
} </dev/null &>"$data/log" || { tail -5 "$data/log" >&2; die "it did not start, see $data/log and $cluster/log"; }
