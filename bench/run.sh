#!/usr/bin/env bash
# What milkrun's rooms cost, each figure beside a yardstick of the same run: delivered messages with every intent and
# result durable beside a bare libcurl multi that records nothing; a big installation beside a small one; a paced sender;
# feeds; a run with nothing due; the claim; fairness; memory; the planning of drips. bench/README.md says how to read it.
#
#   run.sh [--quick] BUILDDIR [PART…]     parts: messages big callbacks feeds paced idle claim fairness memory drips (default: all)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
quick="" rounds=3 scale=1 million=1000000
if [ "${1:-}" = --quick ]; then quick=yes rounds=1 scale=4 million=100000; shift; fi
build=$(cd "${1:?usage: run.sh [--quick] BUILDDIR [PART…]}" && pwd -P)
shift
milkrun=$build/milkrun
dir=$(mktemp -d "${TMPDIR:-/tmp}/milkrun-bench.XXXXXX")
trap '"$here/nginx.sh" --stop "$dir/nginx"; rm -rf "$dir"' EXIT
ulimit -n "$(ulimit -Hn)"

die() { echo "bench: $*" >&2; exit 1; }
median() { sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
column() { awk -v n="$2" '{ print $n }' "$1" | median; } # FILE N

port=$("$here/nginx.sh" "$dir/nginx")
ca=$dir/nginx/ca.pem
cat >"$dir/milkrun.toml" <<TOML
database = "$dir/milkrun.db"
key_file = "$dir/master.key"
[http]
ca_file = "$ca"
[[network.allow]]
cidr = "127.0.0.0/8"
tenant = "*"
service = "*"
TOML

# ------------------------------------------------------------------------------------------------ databases

fill() { # FILE.sql [NAME VALUE]…: runs it on the database with these parameters
  local file=$1 commands=(-bail -cmd ".parameter init")
  shift
  while [ $# -gt 0 ]; do commands+=(-cmd ".parameter set :$1 $2"); shift 2; done
  sqlite3 "${commands[@]}" "$dir/milkrun.db" <"$here/$file" >/dev/null
}

fill_messages() { # [NAME VALUE]…
  local -A of=([items]=0 [path]="\"'/d0/'\"" [waiting]=0 [history]=0 [interval]=0)
  while [ $# -gt 0 ]; do of[$1]=$2; shift 2; done
  fill messages.sql items "${of[items]}" path "${of[path]}" waiting "${of[waiting]}" history "${of[history]}" interval "${of[interval]}"
}

# A new database with tenants whose accounts lie on HOSTS addresses, two credentials each. Sealing takes its time, so
# each kind is made once and copied.
world() { # TENANTS HOSTS
  local kept=$dir/world-$1-$2
  rm -f "$dir"/milkrun.db*
  if [ ! -e "$kept" ]; then
    "$milkrun" --config "$dir/milkrun.toml" init >/dev/null
    jq -n --argjson tenants "$1" --argjson hosts "$2" --arg port "$port" '
      {plans: [{slug: "bench", messages_per_month: 1000000}],
       portals: [range(1; 9) | {slug: "p\(.)", base_url: "https://127.0.1.\(.):\($port)/d0", token: "t", api_key: "bench-key"}],
       tenants: [range($tenants) | "https://127.0.1.\(. % $hosts + 1):\($port)" as $url |
         {slug: "bench-\(.)", plan: "bench", credentials: [
           {service: "whatsapp", base_url: $url, secret: "bench-key", settings: {adapter: "generic", path: "/d0/send",
             auth: {header: "Authorization", prefix: "Bearer "}, body: {chatId: "{{chat_id}}", message: "{{message}}"}}},
           {service: "wordpress", base_url: $url, account: "bench", secret: "bench-key"}]}]}' |
      "$milkrun" --config "$dir/milkrun.toml" import - >/dev/null
    sqlite3 "$dir/milkrun.db" "UPDATE portals SET synced_at = 1, sync_started_at = 1, slot_ends_at = 9999999999999; PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null
    cp "$dir/milkrun.db" "$kept"
  else
    cp "$kept" "$dir/milkrun.db"
  fi
}

# ------------------------------------------------------------------------------------------------ runs

# The flag has another name, and another upper end, in older programs.
in_flight() { # JOB N: the flag and its value
  if "$milkrun" "$1" --help | grep -q -- --in-flight; then
    echo "--in-flight $2"
  else
    echo "--workers $(($2 < 512 ? $2 : 512))"
  fi
}

# Each adds a line "seconds, user and system seconds, KiB at most" to its file; milkrun's ends with the milliseconds
# between the last message and the process's end.
run_milkrun() { # FILE JOB IN_FLIGHT [ARGS…]
  local file=$1 job=$2 flag last=""
  read -ra flag < <(in_flight "$job" "$3")
  shift 3
  timeout 180 /usr/bin/time -q -o "$dir/time" -f '%e %U %S %M' \
    "$milkrun" --config "$dir/milkrun.toml" "$job" --json "${flag[@]}" "$@" >"$dir/report.json" 2>"$dir/log" ||
    die "milkrun $job ${flag[*]} $* failed: $(head -c 2000 "$dir/log")"
  local ended=${EPOCHREALTIME/[.,]/}
  last=$(sqlite3 "$dir/milkrun.db" "SELECT max(sent_at) FROM messages")
  echo "$(cat "$dir/time") $((ended / 1000 - ${last:-0}))" >>"$file"
}

run_bare() { # FILE METHOD ITEMS IN_FLIGHT <URLS
  timeout 180 /usr/bin/time -q -o "$dir/time" -f '%e %U %S %M' "$build/bench/bare_multi" "$2" "$3" "$4" "$ca" >"$dir/bare.log" 2>&1 ||
    die "bare_multi: $(cat "$dir/bare.log")"
  cat "$dir/time" >>"$1"
}

urls() { seq -f "https://127.0.1.%g:$port/$2" "$1"; } # HOSTS PATH

heading() {
  printf '\n%s\n%-32s %7s %9s %11s %6s %8s %11s %8s %11s %8s\n' "$1" "medians of $rounds interleaved" items 'bare /s' 'milkrun /s' ratio \
    'bare us' 'milkrun us' 'bare MB' 'milkrun MB' 'end ms'
}

row() { # NAME ITEMS BARE_FILE MILKRUN_FILE
  local who file
  for file in "$3" "$4"; do
    awk -v n="$2" '{ print n / $1, ($2 + $3) * 1e6 / n, $4 / 1024, $5 }' "$file" >"$file.figures"
    for who in 1 2 3 4; do column "$file.figures" $who; done
  done | xargs | awk -v name="$1" -v n="$2" '{
    printf "%-32s %7d %9.0f %11.0f %6.2f %8.0f %11.0f %8.0f %11.0f %8s\n", name, n, $1, $4, $4 / $1, $2, $5, $3, $6, $7 }'
}

messages() { # NAME ITEMS IN_FLIGHT DELAY TENANTS HOSTS [NAME VALUE]…: rounds of both
  local name=$1 n=$(($2 / scale)) in_flight=$3 delay=$4 tenants=$5 hosts=$6 sent
  shift 6
  local files=$dir/$name
  for _ in $(seq $rounds); do
    world "$tenants" "$hosts"
    fill_messages items "$n" path "\"'/d$delay/'\"" "$@"
    run_milkrun "$files.milkrun" deliver "$in_flight"
    sent=$(sqlite3 "$dir/milkrun.db" "SELECT count(DISTINCT provider_id) FROM messages WHERE sent_at > created_at + 1")
    [ "$sent" = "$n" ] || die "$name: $sent of $n messages were sent: $(head -c 2000 "$dir/report.json")"
    run_bare "$files.bare" post "$n" "$in_flight" < <(urls "$hosts" "d$delay/send")
  done
  row "$name" "$n" "$files.bare" "$files.milkrun"
}

# ------------------------------------------------------------------------------------------------ parts

part_messages() {
  heading "Messages over https, 100 tenants with an account each"
  messages "0 ms, 64, a host a tenant" 20000 64 0 100 100
  messages "0 ms, 64, one host" 10000 64 0 100 1
  messages "50 ms, 64, a host a tenant" 5000 64 50 100 100
  messages "50 ms, 64, one host" 3000 64 50 100 1
  messages "50 ms, 512, a host a tenant" 20000 512 50 100 100
  messages "500 ms, 2000, a host a tenant" 12000 2000 500 100 100
}

part_big() {
  heading "The same with 1,000 tenants, 2,000 credentials and $million rows of history"
  # A message is three rows of it: itself, its place in the ledger, its attempt.
  world 1000 100
  fill_messages history $((million / 3))
  sqlite3 "$dir/milkrun.db" "PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null
  mv "$dir/milkrun.db" "$dir/world-1000-100"
  messages "0 ms, 64, big" 20000 64 0 1000 100
  messages "50 ms, 64, big" 5000 64 50 1000 100
  messages "50 ms, 512, big" 20000 512 50 1000 100
  messages "500 ms, 2000, big" 12000 2000 500 1000 100
}

part_callbacks() {
  heading "Callbacks to 8 portals over https, 100 tenants"
  local n=$((20000 / scale)) unsent
  for _ in $(seq $rounds); do
    world 100 100
    fill callbacks.sql items "$n" skew 0
    run_milkrun "$dir/callbacks.milkrun" publish-feeds 64
    unsent=$(sqlite3 "$dir/milkrun.db" "SELECT count(*) FROM callbacks WHERE acked_at IS NULL")
    [ "$unsent" = 0 ] || die "$unsent of $n callbacks were not sent: $(head -c 2000 "$dir/report.json")"
    run_bare "$dir/callbacks.bare" post "$n" 64 < <(urls 8 d0/wp-json/ltl-saas/v1/run-callback)
  done
  sed -i 's/ [^ ]*$//' "$dir/callbacks.milkrun" # no message ends it
  row "0 ms, 64" "$n" "$dir/callbacks.bare" "$dir/callbacks.milkrun"
}

part_feeds() {
  heading "1,000 feeds of 100 tenants over https, of which 950 answer 304"
  local unread
  for _ in $(seq $rounds); do
    world 100 100
    fill feeds.sql feeds 1000 port "$port"
    run_milkrun "$dir/feeds.milkrun" publish-feeds 64
    unread=$(sqlite3 "$dir/milkrun.db" "SELECT count(*) FROM feeds WHERE polled_at IS NULL OR polled_at = 1 OR last_error <> ''")
    [ "$unread" = 0 ] || die "$unread of 1000 feeds were not read: $(head -c 2000 "$dir/report.json")"
    sqlite3 "$dir/milkrun.db" "SELECT url FROM feeds ORDER BY id" | run_bare "$dir/feeds.bare" get 1000 64
  done
  sed -i 's/ [^ ]*$//' "$dir/feeds.milkrun"
  row "0 ms, 64" 1000 "$dir/feeds.bare" "$dir/feeds.milkrun"
}

part_paced() {
  world 1 1
  fill_messages items 1000 interval 1000
  run_milkrun "$dir/paced" deliver 64 --max-runtime 5s
  printf '\nOne sender with 1,000 due messages, one a second, a run of 5 s\n'
  printf '  %d sent, %d times an item was put off, %.0f ms CPU\n' \
    "$(jq '[.counts[] | select(.outcome == "done") | .items] | add // 0' "$dir/report.json")" \
    "$(jq '[.counts[] | select(.outcome == "snoozed") | .items] | add // 0' "$dir/report.json")" \
    "$(awk '{ print ($2 + $3) * 1000 }' "$dir/paced")"
}

nothing_due() { # NAME
  "$milkrun" --config "$dir/milkrun.toml" deliver >/dev/null 2>&1 || die "deliver failed"
  hyperfine -N --warmup 5 --runs 40 --style basic --export-json "$dir/idle.json" \
    "$milkrun --config $dir/milkrun.toml deliver" "curl --version" >/dev/null 2>&1 || die "hyperfine failed"
  jq -r --arg name "$1" 'def ms: . * 10000 | round / 10; .results |
    "  \($name): \(.[0].median | ms) ms, \(.[0].user + .[0].system | ms) ms CPU; curl --version \(.[1].median | ms) ms"' "$dir/idle.json"
}

part_idle() {
  printf '\nA run with nothing due (medians of 40), beside a program that only loads the same libcurl\n'
  world 100 100
  nothing_due "100 tenants"
  world 1000 100
  fill_messages waiting 60000
  nothing_due "1,000 tenants, 60,000 waiting messages$([ ! -s "$dir/0 ms, 64, big.milkrun" ] || echo ", $million rows of history")"
}

part_claim() {
  printf '\nClaim (medians): reading the ring of 100 tenants, taking four rows of one\n'
  local n ring claim
  for n in 1000 $million; do
    world 100 100
    fill callbacks.sql items $n skew 0
    read -r ring claim < <("$build/bench/claim_time" "$dir/milkrun.db")
    printf '  %8d due rows: ring %6s us, claim %6s us\n' $n "$ring" "$claim"
  done
}

part_fairness() {
  printf '\nFairness: one tenant with %d due rows, 99 with 10\n' $million
  world 100 100
  fill callbacks.sql items $million skew 1
  run_milkrun "$dir/fairness" publish-feeds 64 --max-runtime 5s
  sqlite3 "$dir/milkrun.db" "SELECT printf('  small tenants: %d of %d rows done, the last %.1f s after the first row of all', sum(acked_at IS NOT NULL), count(*),
         (max(acked_at) - (SELECT min(acked_at) FROM callbacks)) / 1000.0)
       FROM callbacks WHERE tenant_id <> (SELECT id FROM tenants WHERE slug = 'bench-0')"
  awk '{ printf "  memory: %.0f MB at most\n", $4 / 1024 }' "$dir/fairness"
}

part_memory() {
  printf '\nMemory: 100,000 due messages of 100 tenants, 256 in flight, a run of 12 s (at most 64 MiB)\n'
  world 100 100
  fill_messages items 100000
  run_milkrun "$dir/memory" deliver 256 --max-runtime 12s
  awk -v sent="$(sqlite3 "$dir/milkrun.db" "SELECT count(*) FROM messages WHERE state = 'sent'")" \
    '{ printf "  %.0f MiB at most, %d sent\n", $4 / 1024, sent }' "$dir/memory"
}

part_drips() {
  printf '\nPlanning: %d due steps of drips of 1,000 tenants become messages\n' $million
  local seconds each user system memory least most
  read -r seconds each user system memory least most < <("$build/bench/plan_time" "$dir/plan.db" 1000 $million)
  printf '  %s s, %s a second, %s us CPU a step (%s user, %s system), %s MB; half-way the last tenant had %s %% and the first %s %%\n' \
    "$seconds" "$each" $((user + system)) "$user" "$system" "$memory" "$least" "$most"
  rm -f "$dir"/plan.db*
}

all=(messages big callbacks feeds paced idle claim fairness memory drips)
[ $# -gt 0 ] || set -- "${all[@]}"
for part in "$@"; do
  declare -F "part_$part" >/dev/null || die "no part \"$part\"; there are: ${all[*]}"
done
"$milkrun" version | head -1
[ -z "$quick" ] || echo "quick: a quarter of the items, one round"
for part in "$@"; do "part_$part"; done
