#!/usr/bin/env bash
# Brings up throwaway WordPress sites from Debian's packages on 127.0.0.1, and takes them down again.
#
#   wordpress.sh [--tls] DATADIR SITE...   a site per name, e.g. "home guest"; DATADIR is made anew
#   wordpress.sh --stop DATADIR            ends what runs for DATADIR and removes it
#
# All sites share one MariaDB (unix socket only), one php-fpm and one nginx; each has its own port and tables.
# Nothing outside DATADIR and one directory under TMPDIR is written, no system service is used.
# DATADIR/sites.json (0600) then holds, by site name:
#   {"base_url", "tls_url", "ca_file", "roles": {"administrator"|"editor"|...: {"user", "password"}}}
# where "password" is an application password; tls_url and ca_file are empty without --tls. A word in DATADIR/trouble/SITE
# makes that site fail (wordpress_trouble.php has the words).
set -euo pipefail
umask 077
export PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)

die() { echo "wordpress.sh: $*" >&2; exit 1; }
usage() { sed -n '4,5s/^# *//p' "${BASH_SOURCE[0]}" >&2; exit 64; }

# Is that process (still) one whose command line names our own directories?
ours() { tr "\0" " " 2>/dev/null <"/proc/$1/cmdline" | grep -qF -e "$run/" -e "$data/"; }

take_down() {
  local run file pid
  run=$(readlink "$data/run") || return 0
  for file in "$run"/*.pid; do
    pid=$(cat "$file" 2>/dev/null) && ours "$pid" || continue
    kill "$pid"
    for _ in $(seq 100); do ours "$pid" || break; sleep 0.05; done
  done
  rm -rf "$run"
}

last_port=$((15000 + RANDOM % 10000)) # below the range the kernel gives out by itself
free_port() {                         # sets last_port
  for _ in $(seq 500); do
    last_port=$((last_port + 1))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$last_port") 2>/dev/null; then return; fi
  done
  die "found no free port"
}

# MariaDB without grant tables needs no installation step; its socket lies in a directory of mode 0700.
start_database() {
  mkdir "$data/mysql"
  mariadbd --no-defaults --user="$(id -un)" --datadir="$data/mysql" --socket="$run/db.sock" --pid-file="$run/mariadbd.pid" \
    --skip-grant-tables --skip-networking --performance-schema=OFF --innodb-buffer-pool-size=64M --innodb-log-file-size=16M \
    --innodb-flush-log-at-trx-commit=0 --tmpdir="$data/tmp" --log-error="$data/log/mariadb.err" </dev/null &>"$data/log/mariadbd.out" &
  for _ in $(seq 400); do
    if mariadb --no-defaults --socket="$run/db.sock" -e 'CREATE DATABASE wp CHARACTER SET utf8mb4' 2>/dev/null; then return; fi
    sleep 0.05
  done
  die "the database did not start, see $data/log/mariadb.err"
}

# /usr/share/wordpress by symbolic links around a wp-config.php of our own. PHP resolves links before WordPress
# computes where it is, so ABSPATH is set before the first file (auto_prepend_file).
lay_out_files() {
  mkdir "$data/www" "$data/must-use" "$data/trouble"
  cp "$here/wordpress_trouble.php" "$data/must-use/"
  ln -s /usr/share/wordpress/* "$data/www/"
  rm "$data/www/wp-config.php"
  echo "<?php define('ABSPATH', '$data/www/');" >"$data/etc/prepend.php"
  cat >"$data/www/wp-config.php" <<PHP
<?php
\$site = \$_SERVER['MILKRUN_SITE'];
\$table_prefix = "{\$site}_";
\$tls = (\$_SERVER['HTTPS'] ?? '') === 'on';
define('WP_HOME', (\$tls ? 'https://' : 'http://') . \$_SERVER['HTTP_HOST']);
define('WP_SITEURL', WP_HOME);
define('DB_NAME', 'wp'); define('DB_USER', 'wp'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:$run/db.sock'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as \$k) { define(\$k . '_KEY', \$k . '$salt'); define(\$k . '_SALT', '$salt' . \$k); }
define('WP_ENVIRONMENT_TYPE', 'local');   // else application passwords need https
define('WP_HTTP_BLOCK_EXTERNAL', true); define('AUTOMATIC_UPDATER_DISABLED', true); define('DISABLE_WP_CRON', true);
define('WPMU_PLUGIN_DIR', '$data/must-use'); define('MILKRUN_TROUBLE', "$data/trouble/\$site");
define('WP_DEBUG', false);
require_once ABSPATH . 'wp-settings.php';
PHP
}

make_certificate() { # a private CA and a certificate for 127.0.0.1
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=milkrun test CA" \
    -keyout "$data/etc/ca.key" -out "$data/etc/ca.pem"
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=127.0.0.1" -keyout "$data/etc/tls.key" |
    openssl x509 -req -CA "$data/etc/ca.pem" -CAkey "$data/etc/ca.key" -CAcreateserial -days 30 \
      -extfile <(printf 'subjectAltName=IP:127.0.0.1') -out "$data/etc/tls.pem"
}

nginx_server() { # SITE
  echo "  server { set \$site $1; listen 127.0.0.1:${port[$1]};"
  [ -z "$tls" ] || echo "    listen 127.0.0.1:${tls_port[$1]} ssl; ssl_certificate $data/etc/tls.pem; ssl_certificate_key $data/etc/tls.key;"
  echo "    include $data/etc/site.conf; }"
}

start_web() {
  local fpm user=""
  if [ "$(id -u)" = 0 ]; then user=$(id -un); fi
  cat >"$data/etc/php-fpm.conf" <<CONF
[global]
pid = $run/php-fpm.pid
error_log = $data/log/php-fpm.log
[www]
${user:+user = $user}
${user:+group = $(id -gn)}
listen = $run/php.sock
pm = static
pm.max_children = 4
php_admin_value[auto_prepend_file] = $data/etc/prepend.php
php_admin_value[sendmail_path] = /bin/true
php_admin_value[error_log] = $data/log/php.log
php_admin_value[sys_temp_dir] = $data/tmp
CONF
  cat >"$data/etc/site.conf" <<'CONF'
index index.php;
location / { try_files $uri $uri/ /index.php?$args; }
location ~ \.php$ {
  try_files $uri =404;
  fastcgi_param MILKRUN_SITE $site;
  fastcgi_param QUERY_STRING $query_string; fastcgi_param REQUEST_METHOD $request_method;
  fastcgi_param CONTENT_TYPE $content_type; fastcgi_param CONTENT_LENGTH $content_length;
  fastcgi_param SCRIPT_NAME $fastcgi_script_name; fastcgi_param REQUEST_URI $request_uri;
  fastcgi_param SERVER_PROTOCOL $server_protocol; fastcgi_param HTTPS $https if_not_empty;
  fastcgi_param REMOTE_ADDR $remote_addr; fastcgi_param SERVER_PORT $server_port; fastcgi_param SERVER_NAME $host;
  fastcgi_param REDIRECT_STATUS 200; fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
  fastcgi_buffers 16 32k; fastcgi_buffer_size 64k;
  fastcgi_pass php;
}
CONF
  {
    echo "${user:+user $user $(id -gn);} worker_processes 1; pid $run/nginx.pid; error_log $data/log/nginx.err warn;"
    echo "events { worker_connections 256; }"
    echo "http { include /etc/nginx/mime.types; root $data/www; access_log $data/log/access.log; client_max_body_size 40m;"
    for part in client_body proxy fastcgi uwsgi scgi; do echo "  ${part}_temp_path $data/tmp/$part;"; done
    echo "  upstream php { server unix:$run/php.sock; }"
    for site in "${sites[@]}"; do nginx_server "$site"; done
    echo "}"
  } >"$data/etc/nginx.conf"
  fpm=$(command -v php-fpm || find /usr/sbin -name 'php-fpm[0-9]*' | sort -V | tail -1)
  "$fpm" ${user:+-R} -y "$data/etc/php-fpm.conf" </dev/null &>"$data/log/php-fpm.out" || die "see $data/log/php-fpm.out"
  nginx -c "$data/etc/nginx.conf" -e "$data/log/nginx.err" </dev/null &>"$data/log/nginx.out" || die "see $data/log/nginx.err"
}

install_site() { # SITE: tables, users, application passwords; its part of sites.json
  MILKRUN_SITE=$1 MILKRUN_BASE_URL=http://127.0.0.1:${port[$1]} MILKRUN_TLS_URL=${tls:+https://127.0.0.1:${tls_port[$1]}} \
    MILKRUN_CA_FILE=${tls:+$data/etc/ca.pem} php -d auto_prepend_file="$data/etc/prepend.php" -d sendmail_path=/bin/true \
    "$here/wordpress_install.php" "$data/$1.json" &>"$data/log/install-$1.log"
}

tls=""
stop=""
while [ $# -gt 0 ]; do
  case $1 in
    --tls) tls=yes ;;
    --stop) stop=yes ;;
    -*) usage ;;
    *) break ;;
  esac
  shift
done
[ $# -ge 1 ] || usage
mkdir -p "$1"
data=$(cd "$1" && pwd -P)
shift
sites=("$@")
if [ -e "$data/.milkrun-peer" ]; then
  take_down
  find "$data" -mindepth 1 -delete
elif [ -n "$(ls -A "$data")" ]; then
  die "$data is not empty and was not made by this script"
fi
if [ -n "$stop" ]; then rmdir "$data"; exit 0; fi
[ ${#sites[@]} -ge 1 ] || usage
for program in mariadbd mariadb php nginx; do command -v $program >/dev/null || die "$program is missing (packaging/apt-test.txt)"; done
[ -e /usr/share/wordpress/wp-settings.php ] || die "the package wordpress is missing (packaging/apt-test.txt)"

touch "$data/.milkrun-peer"
mkdir "$data"/{log,etc,tmp}
run=$(mktemp -d "${TMPDIR:-/tmp}/milkrun-wp.XXXXXX") # short: a unix socket's path holds 107 bytes
ln -s "$run" "$data/run"
trap '[ -e "$data/sites.json" ] || take_down' EXIT
salt=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')
declare -A port tls_port
for site in "${sites[@]}"; do
  free_port
  port[$site]=$last_port
  free_port
  tls_port[$site]=$last_port
done

[ -z "$tls" ] || make_certificate &>"$data/log/openssl.log" || die "see $data/log/openssl.log"
lay_out_files
start_database
installs=()
for site in "${sites[@]}"; do install_site "$site" & installs+=($!); done
for pid in "${installs[@]}"; do wait "$pid" || die "a site could not be installed, see $data/log/install-*.log"; done
start_web
for site in "${sites[@]}"; do
  curl -fsS --noproxy '*' -o /dev/null --retry 20 --retry-connrefused "http://127.0.0.1:${port[$site]}/wp-json/wp/v2/posts" || die "site $site does not answer"
done
{
  comma='{'
  for site in "${sites[@]}"; do printf '%s"%s":%s' "$comma" "$site" "$(cat "$data/$site.json")"; comma=','; done
  echo '}'
} >"$data/sites.tmp"
mv "$data/sites.tmp" "$data/sites.json"
