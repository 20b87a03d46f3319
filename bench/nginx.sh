#!/usr/bin/env bash
# The other side of the benchmarks: one nginx worker with TLS on a hundred loopback addresses.
#
#   nginx.sh DIR          starts it; prints the port. https://127.0.1.1:PORT … 127.0.1.100; DIR/ca.pem is its CA.
#                         /d0/… takes any message or callback at once, /d50/… after 50 ms, /d500/… after 500 ms;
#                         /feed/same/… is a feed that answers 304, /feed/new/… one with 20 items
#   nginx.sh --stop DIR
set -euo pipefail
export PATH=$PATH:/usr/sbin
stop=""
if [ "${1:-}" = --stop ]; then stop=yes; shift; fi
[ $# -eq 1 ] || { sed -n '4,7s/^# *//p' "${BASH_SOURCE[0]}" >&2; exit 64; }
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
sans=$(seq -f 'IP:127.0.1.%g' -s , 100)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=bench CA" \
  -keyout "$dir/ca.key" -out "$dir/ca.pem" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=bench" -keyout "$dir/tls.key" 2>/dev/null |
  openssl x509 -req -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -days 30 \
    -extfile <(echo "subjectAltName=$sans") -out "$dir/tls.pem" 2>/dev/null
mkdir -p "$dir/feed/new"
{
  echo '<?xml version="1.0"?><rss version="2.0"><channel><title>bench</title>'
  seq -f '<item><guid>bench-%g</guid><title>A story</title><description>A short text.</description></item>' 20
  echo '</channel></rss>'
} >"$dir/feed/new/feed.xml"
cat >"$dir/nginx.conf" <<CONF
load_module /usr/lib/nginx/modules/ngx_http_echo_module.so;
$([ "$(id -u)" != 0 ] || echo "user root;")
worker_processes 1; worker_rlimit_nofile 20000; pid $dir/nginx.pid; error_log $dir/error.log warn;
events { worker_connections 16000; }
http {
  access_log off; default_type application/json; keepalive_requests 100000000; keepalive_timeout 300s;
  client_body_temp_path $dir/body; proxy_temp_path $dir/proxy; fastcgi_temp_path $dir/fastcgi;
  uwsgi_temp_path $dir/uwsgi; scgi_temp_path $dir/scgi;
  ssl_certificate $dir/tls.pem; ssl_certificate_key $dir/tls.key; ssl_session_cache shared:tls:1m;
  server {
$(seq -f "    listen 127.0.1.%g:$port ssl backlog=4096;" 100)
    location /d0/ { return 200 '{"ok":true,"id":"\$request_id"}'; }
    location /d50/ { echo_read_request_body; echo_sleep 0.05; echo -n '{"ok":true,"id":"\$request_id"}'; }
    location /d500/ { echo_read_request_body; echo_sleep 0.5; echo -n '{"ok":true,"id":"\$request_id"}'; }
    location /feed/same/ { if (\$http_if_none_match) { return 304; } return 500; }
    location /feed/new/ { default_type application/rss+xml; etag off; root $dir; rewrite ^ /feed/new/feed.xml break; }
  }
}
CONF
nginx -c "$dir/nginx.conf" -e "$dir/error.log" </dev/null >"$dir/out" 2>&1 || { cat "$dir/out" >&2; exit 1; }
echo "$port"
