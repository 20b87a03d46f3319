#!/usr/bin/env bash
# What milkrun's rooms cost: due callbacks sent by `milkrun publish-feeds` with every intent and result durable, beside
# a bare libcurl multi that records nothing; the empty run; the claim at 1,000 and 1,000,000 due rows; fairness.
#
#   run.sh BUILDDIR [ITEMS]      ITEMS at 0 ms (default 20000); a quarter of them at 50 ms
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
build=$(cd "${1:?usage: run.sh BUILDDIR [ITEMS]}" && pwd -P)
items=${2:-20000}
rounds=3 workers=64 tenants=100
milkrun=$build/milkrun
dir=$(mktemp -d "${TMPDIR:-/tmp}/milkrun-bench.XXXXXX")
trap '"$here/nginx.sh" --stop "$dir/nginx"; rm -rf "$dir"' EXIT
TIMEFORMAT='%R %U %S'

die() { echo "bench: $*" >&2; exit 1; }
sql() { sqlite3 "$dir/milkrun.db" "$@"; }
median() { sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

port=$("$here/nginx.sh" "$dir/nginx")
cat >"$dir/milkrun.toml" <<TOML
database = "$dir/milkrun.db"
key_file = "$dir/master.key"
[http]
ca_file = "$dir/nginx/ca.pem"
[[network.allow]]
cidr = "127.0.0.0/8"
tenant = "*"
service = "*"
TOML

portals() { # DELAY: an import document with a portal per address
  printf '{"plans":[],"tenants":[],"portals":['
  for i in 1 2 3 4 5 6 7 8; do
    printf '%s{"slug":"p%s","base_url":"https://127.0.1.%s:%s/d%s","token":"t","api_key":"bench-key"}' "${comma:-}" $i $i "$port" "$1"
    local comma=,
  done
  printf ']}'
}

prepare_database() { # ITEMS DELAY SKEW
  rm -f "$dir"/milkrun.db*
  "$milkrun" --config "$dir/milkrun.toml" init >/dev/null
  portals "$2" | "$milkrun" --config "$dir/milkrun.toml" import - >/dev/null
  sqlite3 -bail -cmd ".parameter init" -cmd ".parameter set :items $1" -cmd ".parameter set :tenants $tenants" \
    -cmd ".parameter set :skew $3" "$dir/milkrun.db" <"$here/fill.sql" >/dev/null
}

run_milkrun() { # [ARGS…]: one run; prints "seconds user system"
  { time "$milkrun" --config "$dir/milkrun.toml" publish-feeds --json --workers $workers "$@" >"$dir/report.json" 2>"$dir/log"; } 2>&1 |
    grep -E '^[0-9.]+ [0-9.]+ [0-9.]+$' || { head -5 "$dir/log" >&2; die "milkrun failed"; }
}

run_bare() { # ITEMS DELAY
  local urls=()
  for i in 1 2 3 4 5 6 7 8; do urls+=("https://127.0.1.$i:$port/d$2/wp-json/ltl-saas/v1/run-callback"); done
  { time "$build/bench/bare_multi" "$1" $workers "$dir/nginx/ca.pem" "${urls[@]}" >"$dir/bare.log" 2>&1; } 2>&1 || die "bare_multi: $(cat "$dir/bare.log")"
}

throughput() { # ITEMS DELAY: rounds of both, interleaved
  local n=$1 delay=$2 unsent
  for _ in $(seq $rounds); do
    prepare_database "$n" "$delay" 0
    run_milkrun >>"$dir/milkrun.$delay"
    unsent=$(sql "SELECT count(*) FROM callbacks WHERE acked_at IS NULL")
    [ "$unsent" = 0 ] || die "$unsent of $n callbacks were not sent: $(head -c 2000 "$dir/report.json")"
    run_bare "$n" "$delay" >>"$dir/bare.$delay"
  done
  for who in bare milkrun; do
    printf '%s %s\n' "$(awk -v n="$n" '{ print n / $1 }' "$dir/$who.$delay" | median)" \
      "$(awk -v n="$n" '{ print ($2 + $3) * 1e6 / n }' "$dir/$who.$delay" | median)"
  done | awk -v delay="$delay" -v n="$n" '
    { rate[NR] = $1; cpu[NR] = $2 }
    END { printf "%-8s %8d %12.0f %12.0f %8.2f %12.0f %12.0f\n", delay " ms", n, rate[1], rate[2], rate[2] / rate[1], cpu[1], cpu[2] }'
}

echo "Callbacks over https, $workers in flight, $tenants tenants, 8 hosts; medians of $rounds interleaved rounds"
printf '%-8s %8s %12s %12s %8s %12s %12s\n' answer items bare/s milkrun/s ratio 'bare us' 'milkrun us'
throughput "$items" 0
throughput $((items / 4)) 50

echo
echo "Empty run (nothing due), beside a program that only loads the same libcurl:"
prepare_database 1 0 0
run_milkrun >/dev/null
hyperfine -N --warmup 5 --runs 50 --style basic --export-json "$dir/empty.json" \
  "$milkrun --config $dir/milkrun.toml publish-feeds" "curl --version" >/dev/null 2>&1 || die "hyperfine failed"
jq -r '.results[] | "  \(.command | split(" ") | "\(.[0] | split("/") | last) \(last)"): \(.median * 1000 * 10 | round / 10) ms (\(.min * 1000 * 10 | round / 10) to \(.max * 1000 * 10 | round / 10))"' "$dir/empty.json"

echo
echo "Claim (medians): reading the ring of $tenants tenants, claiming two rows of one"
for n in 1000 1000000; do
  prepare_database $n 0 0
  read -r ring claim < <("$build/bench/claim_time" "$dir/milkrun.db")
  printf '  %8d due rows: ring %6s us, claim %6s us\n' $n "$ring" "$claim"
done

echo
echo "Fairness: one tenant with 1,000,000 due rows, $((tenants - 1)) with 10"
prepare_database 1000000 0 1
run_milkrun --max-runtime 5s >/dev/null
sql "SELECT printf('  small tenants: %d of %d rows done, the last %.1f s after the first row of all', sum(acked_at IS NOT NULL), count(*),
       (max(acked_at) - (SELECT min(acked_at) FROM callbacks)) / 1000.0)
     FROM callbacks WHERE tenant_id <> printf('%032x', 1)"
