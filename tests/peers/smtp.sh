#!/usr/bin/env bash
# Brings up a mail submission server (Debian's python3-aiosmtpd) with STARTTLS and AUTH, and takes it down again.
#
#   smtp.sh DATADIR          starts one afresh; DATADIR/port, DATADIR/ca.pem, DATADIR/mails.jsonl
#   smtp.sh --stop DATADIR   ends it and removes its data
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)

die() { echo "smtp.sh: $*" >&2; exit 1; }
stop=""
if [ "${1:-}" = --stop ]; then stop=yes; shift; fi
[ $# -eq 1 ] || { sed -n '4,5s/^# *//p' "${BASH_SOURCE[0]}" >&2; exit 64; }
mkdir -p "$1"
data=$(cd "$1" && pwd -P)

if [ -s "$data/pid" ] && grep -qF "$data" <(tr '\0' ' ' <"/proc/$(cat "$data/pid")/cmdline" 2>/dev/null); then
  kill "$(cat "$data/pid")"
fi
rm -rf "${data:?}"/*
if [ -n "$stop" ]; then rmdir "$data"; exit 0; fi
/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null || die "the package python3-aiosmtpd is missing (packaging/apt-test.txt)"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=mail test CA" \
  -keyout "$data/ca.key" -out "$data/ca.pem" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=mail test" -keyout "$data/tls.key" 2>/dev/null |
  openssl x509 -req -CA "$data/ca.pem" -CAkey "$data/ca.key" -CAcreateserial -days 30 \
    -extfile <(echo "subjectAltName=IP:127.0.0.1") -out "$data/tls.pem" 2>/dev/null
/usr/bin/python3 "$here/smtp_server.py" "$data" 0 </dev/null >"$data/log" 2>&1 &
echo $! >"$data/pid"
for _ in $(seq 200); do [ -s "$data/port" ] && exit 0; sleep 0.1; done
tail -5 "$data/log" >&2
die "it did not start, see $data/log"
