#!/usr/bin/env bash
# The walls between the rooms: includes point one way, SQL stays in .sql files, secrets are revealed in few places.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bad=0
complain() { echo "walls: $*" >&2; bad=1; }

# allowed FOLDER: what the non-test sources below it may include (extended regular expression of the include's path).
allowed() {
  case $1 in
    src/base) echo '^base/' ;;
    src/log) echo '^(log|base)/' ;;
    src/db) echo '^(db|base|sql)/' ;;
    src/http) echo '^(http|base)/' ;;
    src/content) echo '^(content|base)/' ;;
    src/credentials) echo '^(credentials|db|base|sql)/|^http/client\.hpp$' ;;
    src/job) echo '^(job|base)/|^credentials/credential\.hpp$|^db/db\.hpp$|^http/client\.hpp$' ;;
    src/ledger) echo '^(ledger|job|db|base|sql)/|^credentials/credential\.hpp$' ;;
    src/run) echo '^(run|ledger|credentials|job|log|db|base|sql)/|^http/(client|digest|net)\.hpp$' ;;
    src/providers/*) echo "^${1#src/}/|^http/client\.hpp\$|^credentials/credential\.hpp\$|^base/" ;;
    src/outreach) echo '^(outreach|job|content|base|sql)/|^providers/(whatsapp|smtp)/|^db/db\.hpp$|^http/client\.hpp$|^credentials/credential\.hpp$' ;;
    src/cli) echo '^(cli|run|ledger|credentials|content|outreach|db|log|base|sql|http|job)/|^providers/(feed|ai|meta|smtp|whatsapp)/|^jobs/jobs\.hpp$' ;;
    jobs) echo '^(jobs|job|outreach|providers|content|base|sql)/|^db/db\.hpp$|^http/client\.hpp$|^credentials/credential\.hpp$' ;;
  esac
}

# The product's sources below folders; "test" in a file's name says that it is not one of them.
sources() { find "$@" -name '*.[ch]pp' ! -name '*_test.cpp' ! -name '*_test.hpp' ! -name 'test_*.hpp'; }

checked=0
for room in src/base src/log src/db src/http src/content src/credentials src/job src/ledger src/run src/providers/* src/outreach src/cli jobs; do
  rule=$(allowed "$room")
  while read -r file include; do
    checked=$((checked + 1))
    [[ $include =~ $rule ]] || complain "$file includes \"$include\", which $room may not"
  done < <(sources "$room" | xargs grep -HoE '^#include "[^"]+"' | sed -E 's/:#include "([^"]+)"/ \1/')
done
[ "$checked" -gt 300 ] || complain "only $checked includes were looked at: the check itself is broken"

# What jobs share is a room; a job knows no other job.
for job in jobs/*/; do
  if found=$(sources "$job" | xargs grep -nE '^#include "jobs/' | grep -v "\"$job"); then
    complain "a job includes another:"$'\n'"$found"; fi
done

# The catalogue questions of migrate.cpp and sqlite.cpp, and the latter's words of transactions and copies, are not statements of the product.
if found=$(sources src jobs | grep -vE '^src/db/(migrate|sqlite)\.cpp$' |
    xargs grep -nE '"(SELECT|INSERT|UPDATE|DELETE|CREATE) '); then complain "SQL inside C++:"$'\n'"$found"; fi
if found=$(sources src jobs | grep -vE '^src/(providers|credentials|http|base)/' |
    xargs grep -n 'reveal()'); then complain "reveal() outside the rooms that may see secrets:"$'\n'"$found"; fi
if found=$(sources jobs src | grep -v '^src/http/' | xargs grep -nE '(^|[^_a-zA-Z>.])(getaddrinfo|connect|socket)\(' |
    grep -vE 'connect\(\)|::connect\(const|:cli::Network connect\('); then
  complain "a socket outside src/http:"$'\n'"$found"; fi
# std::system( and ::fork( too; not what only ends so, nor a member of ours.
if found=$(sources jobs src | xargs grep -nE '(^|[^_a-zA-Z0-9>.])(v?fork|clone3?|popen|system|exec(l|le|lp|v|ve|vp|vpe)|fexecve|execveat|posix_spawnp?|dlopen)\(' |
    grep -vE '^src/http/late_libcurl\.cpp:'); then
  complain "a process, or code that is loaded:"$'\n'"$found"; fi

# The database holds a reason as code and arguments; only what leaves for people is its text. Callbacks are, in told.cpp.
if found=$(sources jobs src/outreach src/ledger | grep -v '^jobs/publish_feeds/told\.cpp$' |
    xargs grep -nE '(reason|why|cannot|says|failure)[a-z_]*\.text\(\)'); then
  complain "a reason's text where its code belongs:"$'\n'"$found"; fi

# The signal that ends a play of work() is no std::exception; nothing of a stage may catch it.
if found=$(sources jobs src/outreach src/providers src/content | xargs grep -nE 'catch *\(\.\.\.\)'); then
  complain "catch (...) where work() is played again:"$'\n'"$found"; fi

# Who follows the README must end with what cron and systemd start: the same file, the same user.
grep -q '^    sudo install .* build/release/milkrun /usr/bin/$' README.md && grep -q '^    sudo useradd .* milkrun$' README.md &&
  grep -q '^ExecStart=/usr/bin/milkrun ' etc/systemd/milkrun@.service && grep -q '^User=milkrun$' etc/systemd/milkrun@.service &&
  ! grep -E '^[*0-9]' etc/cron.d/milkrun | grep -qv '  milkrun  .* \[ ! -x /usr/bin/milkrun \] ' ||
  complain "README, cron and systemd do not agree on the program's file or user"

# The unit bounds memory, tasks, files and cores, and shows little to attack.
unit=etc/systemd/milkrun@.service
for limit in MemoryMax TasksMax LimitNOFILE LimitCORE MemorySwapMax; do
  grep -q "^$limit=" $unit || complain "$unit sets no $limit"
done
if command -v systemd-analyze >/dev/null; then
  exposure=$(systemd-analyze security --offline=true $unit 2>/dev/null | sed -n 's/.*Overall exposure level.*: \([0-9.]*\) .*/\1/p')
  [ -z "$exposure" ] || awk -v e="$exposure" 'BEGIN { exit e <= 1.5 ? 0 : 1 }' || complain "$unit: exposure $exposure, more than 1.5"
  [ -n "$exposure" ] || echo "not checked: the exposure of $unit; this systemd-analyze does not say it"
else
  echo "not checked: the exposure of $unit; there is no systemd-analyze"
fi

# Sizes of the best of this field: figures to look at, and one limit.
sources src jobs | xargs wc -l | grep -v ' total$' | sort -n | awk '
  { n[NR] = $1; f[NR] = $2 }
  END { printf "sizes: %d files, median %d, p95 %d, most %d (%s)\n", NR, n[int((NR + 1) / 2)], n[int(NR * 0.95)], n[NR], f[NR]; exit n[NR] > 500 }' ||
  complain "a file is longer than 500 lines"
exit $bad
