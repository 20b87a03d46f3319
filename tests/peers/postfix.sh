#!/usr/bin/env bash
# Brings up a Postfix of its own on 127.0.0.1 (STARTTLS on one port, TLS from the start on another, AUTH on both), and takes
# it down again. What it takes for anybody @example.test lies in a maildir, as it stands when it has arrived. late@example.test
# it takes, and reports later that nobody is there; reports go the way that docs/mail.md tells, to a file each.
#
#   postfix.sh DATADIR         starts one afresh: DATADIR/port, DATADIR/tls_port, DATADIR/ca.pem, DATADIR/mail/new/, DATADIR/back/
#   postfix.sh --stop DATADIR  ends it and removes its data
#
# It needs root, as Postfix does; without it 77 says so. Nothing outside DATADIR and one directory under TMPDIR is written.
set -euo pipefail
umask 022
docs=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../docs" && pwd -P)
export PATH=$PATH:/usr/sbin:/sbin

die() { echo "postfix.sh: $*" >&2; exit 1; }
stop=""
if [ "${1:-}" = --stop ]; then stop=yes; shift; fi
[ $# -eq 1 ] || { sed -n '5,6s/^# *//p' "${BASH_SOURCE[0]}" >&2; exit 64; }
mkdir -p "$1"
data=$(cd "$1" && pwd -P)

if run=$(readlink "$data/run"); then # the daemons' directory: their sockets' paths must be short
  postfix -c "$run/etc" stop >/dev/null 2>&1 || true
  rm -rf "$run"
fi
rm -rf "${data:?}"/*
if [ -n "$stop" ]; then rmdir "$data"; exit 0; fi
[ "$(id -u)" = 0 ] || { echo "postfix.sh: postfix needs root" | tee "$data/skipped"; exit 77; }
command -v postfix >/dev/null && command -v saslpasswd2 >/dev/null ||
  die "the packages postfix and sasl2-bin are missing (packaging/apt-test.txt)"

run=$(mktemp -d "${TMPDIR:-/tmp}/milkrun-postfix.XXXXXX")
chmod 755 "$run"
ln -s "$run" "$data/run"
mkdir -p "$run"/{etc/sasl,queue,lib,mail/{new,cur,tmp},back}
chown postfix "$run/lib"
uid=$(id -u postfix) gid=$(id -g postfix)
chown -R "$uid:$gid" "$run/mail"
chown nobody "$run/back"
# In milkrun's place: keeps the report and whom it was for.
cat >"$run/take" <<SH
#!/bin/sh
file=\$(mktemp "$run/back/XXXXXX") && cat >"\$file" && printf '%s' "\$2" >"\$file.to"
SH
chmod 755 "$run/take"
# The lines of the manual, with the domain, the user and the program of this place.
of_manual() {
  sed -n "/^    $1/,/^\$/s/^    //p" "$docs/mail.md" |
    sed "s/bounces\.example\.org/bounce.xn--bcher-kva.example/; s/user=milkrun/user=nobody/; s,/usr/bin/milkrun,$run/take,"
}

free_port() { # prints one that nobody listens on
  local port
  for _ in $(seq 500); do
    port=$((15000 + RANDOM % 10000)) # below the range the kernel gives out by itself
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then echo "$port"; return; fi
  done
  die "found no free port"
}
port=$(free_port)
tls_port=$(free_port)

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=mail test CA" \
  -keyout "$run/etc/ca.key" -out "$data/ca.pem" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=mail test" -keyout "$run/etc/tls.key" 2>/dev/null |
  openssl x509 -req -CA "$data/ca.pem" -CAkey "$run/etc/ca.key" -CAcreateserial -days 30 \
    -extfile <(echo "subjectAltName=IP:127.0.0.1") -out "$run/etc/tls.pem" 2>/dev/null

printf 'pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\nsasldb_path: %s\n' "$run/etc/sasldb2" \
  >"$run/etc/sasl/smtpd.conf"
printf 'a long secret' | saslpasswd2 -p -f "$run/etc/sasldb2" -c -u mail.test gym
chown "$uid" "$run/etc/sasldb2"

cat >"$run/etc/main.cf" <<CONF
compatibility_level = 3.6
multi_instance_name = postfix-milkrun
queue_directory = $run/queue
data_directory = $run/lib
maillog_file = $run/log
maillog_file_prefixes = /
myhostname = mail.test
myorigin = mail.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
alias_maps =
alias_database =
virtual_mailbox_domains = example.test
virtual_mailbox_base = $run
virtual_mailbox_maps = static:mail/
virtual_uid_maps = static:$uid
virtual_gid_maps = static:$gid
virtual_minimum_uid = 1
default_transport = error:no mail leaves this machine
smtpd_tls_cert_file = $run/etc/tls.pem
smtpd_tls_key_file = $run/etc/tls.key
smtpd_tls_received_header = yes
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
cyrus_sasl_config_path = $run/etc/sasl
smtpd_sasl_local_domain = mail.test
smtpd_sasl_authenticated_header = yes
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = check_recipient_access inline:{{dead@example.test=550 5.1.1 no such user} {full@example.test=452 4.2.2 mailbox full}}
smtpd_sender_restrictions =
smtpd_client_restrictions =
$(of_manual relay_domains | sed 's/inline:{/&late@example.test=late: /')
CONF
cat >"$run/etc/master.cf" <<CONF
127.0.0.1:$port inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
127.0.0.1:$tls_port inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
late unix - n n - - pipe
  user=nobody argv=/bin/sh -c {exit 67}
$(of_manual 'milkrun  unix')
CONF
postfix -c "$run/etc" start >"$data/start" 2>&1 || { cat "$data/start" "$run/log" >&2 2>/dev/null; die "it did not start"; }
ln -s "$run/mail" "$data/mail"
ln -s "$run/back" "$data/back"
for _ in $(seq 100); do
  if (exec 3<>"/dev/tcp/127.0.0.1/$port" && exec 4<>"/dev/tcp/127.0.0.1/$tls_port") 2>/dev/null; then
    echo "$port" >"$data/port"
    echo "$tls_port" >"$data/tls_port"
    exit 0
  fi
  sleep 0.1
done
tail -5 "$run/log" >&2
die "it does not answer, see $run/log"
