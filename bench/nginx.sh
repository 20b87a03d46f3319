#!/usr/bin/env bash
# A portal that answers every callback at once or after 50 ms: one nginx worker with TLS on eight loopback addresses.
#
#   nginx.sh DIR          starts it; prints the port. https://127.0.1.1:PORT … 127.0.1.8; DIR/ca.pem is its CA.
#                         /d0/… answers at once, /d50/… after 50 ms
#   nginx.sh --stop DIR
set -euo pipefail
export PATH=$PATH:/usr/sbin
stop=""
if [ "${1:-}" = --stop ]; then stop=yes; shift; fi
[ $# -eq 1 ] || { sed -n '4,6s/^# *//p' "${BASH_SOURCE[0]}" >&2; exit 64; }
mkdir -p "$1"
dir=$(cd "$1" && pwd -P)

if [ -n "$stop" ]; then
  if [ -s "$dir/nginx.pid" ] && grep -qF "$dir" <(tr '\0' ' ' <"/proc/$(cat "$dir/nginx.pid")/cmdline"); then
    kill "$(cat "$dir/nginx.pid")"
  fi
  exit 0
fi

port=$((15000 + RANDOM % 15000))
while (exec 3<>"/dev/tcp/127.0.1.1/$port") 2>/dev/null; do port=$((port + 1)); done
sans=$(for i in 1 2 3 4 5 6 7 8; do printf 'IP:127.0.1.%s,' $i; done)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=bench CA" \
  -keyout "$dir/ca.key" -out "$dir/ca.pem" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=bench" -keyout "$dir/tls.key" 2>/dev/null |
  openssl x509 -req -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -days 30 \
    -extfile <(echo "subjectAltName=${sans%,}") -out "$dir/tls.pem" 2>/dev/null
cat >"$dir/nginx.conf" <<CONF
load_module /usr/lib/nginx/modules/ngx_http_echo_module.so;
$([ "$(id -u)" != 0 ] || echo "user root;")
worker_processes 1; pid $dir/nginx.pid; error_log $dir/error.log warn;
events { worker_connections 4096; }
http {
  access_log off; default_type application/json; keepalive_requests 100000000; keepalive_timeout 300s;
  client_body_temp_path $dir/body; proxy_temp_path $dir/proxy; fastcgi_temp_path $dir/fastcgi;
  uwsgi_temp_path $dir/uwsgi; scgi_temp_path $dir/scgi;
  ssl_certificate $dir/tls.pem; ssl_certificate_key $dir/tls.key; ssl_session_cache shared:tls:1m;
  server {
$(for i in 1 2 3 4 5 6 7 8; do echo "    listen 127.0.1.$i:$port ssl backlog=4096;"; done)
    location /d0/ { return 200 '{"ok":true,"id":1}'; }
    location /d50/ { echo_read_request_body; echo_sleep 0.05; echo -n '{"ok":true,"id":1}'; }
  }
}
CONF
nginx -c "$dir/nginx.conf" -e "$dir/error.log" </dev/null >"$dir/out" 2>&1 || { cat "$dir/out" >&2; exit 1; }
echo "$port"
