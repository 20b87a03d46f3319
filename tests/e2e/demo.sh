#!/usr/bin/env bash
# demo.sh MILKRUN SANDBOX: three tenants of one portal, one run, and the proof that a second run does nothing twice.
# Everything happens on 127.0.0.1 and in one temporary directory, which is removed at the end.
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: demo.sh MILKRUN SANDBOX" >&2; exit 64; }
milkrun_binary=$(realpath "$1") sandbox_binary=$(realpath "$2") here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
umask 077
dir=$(mktemp -d)
cd "$dir"
sandbox_pid=
finish() {
  [ ! -d "$dir/mail" ] || "$here/../peers/smtp.sh" --stop "$dir/mail"
  [ -z "$sandbox_pid" ] || { kill "$sandbox_pid" 2>/dev/null || true; wait "$sandbox_pid" 2>/dev/null || true; }
  cd / && rm -rf "$dir"
}
trap finish EXIT

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
milkrun() { "$milkrun_binary" --config "$dir/milkrun.toml" "$@"; }

# The services of three tenants: asha publishes in German, bolt gets drafts, chai has everything but is paused by the portal.
# The secrets below are made up for this page and open nothing.
cat >state.json <<'JSON'
{"portals": {"demo": {"token": "demo-make-token-0123456789abcdef01", "api_key": "demo-api-key-0123456789", "tenants": [
   {"tenant_id": 1, "site_url": "{{http}}/site/asha/", "wp_username": "editor", "wp_app_password": "asha aaaa bbbb cccc dddd eeee",
    "rss_url": "{{http}}/feed/pizza", "language": "de", "tone": "professional", "publish_mode": "publish", "frequency": "daily", "plan": "basic"},
   {"tenant_id": 2, "site_url": "{{http}}/site/bolt/", "wp_username": "author", "wp_app_password": "bolt aaaa bbbb cccc dddd eeee",
    "rss_url": "{{http}}/feed/gym", "language": "en", "tone": "casual", "publish_mode": "draft", "frequency": "weekly", "plan": "free"},
   {"tenant_id": 3, "site_url": "{{http}}/site/chai/", "wp_username": "editor", "wp_app_password": "chai aaaa bbbb cccc dddd eeee",
    "rss_url": "{{http}}/feed/tea", "language": "en", "tone": "funny", "publish_mode": "publish", "frequency": "daily", "plan": "free",
    "posts_used_month": 10}]}},
 "sites": {"asha": {"users": {"editor": {"password": "asha aaaa bbbb cccc dddd eeee", "role": "editor"}}},
           "bolt": {"users": {"author": {"password": "bolt aaaa bbbb cccc dddd eeee", "role": "author"}}},
           "chai": {"users": {"editor": {"password": "chai aaaa bbbb cccc dddd eeee", "role": "editor"}}}},
 "feeds": {"pizza": {"items": [
     {"guid": "pizza-2", "title": "Neapolitan pizza gets a new oven 🍕", "link": "https://news.example/pizza-2", "date": "2026-11-20T10:00:00Z",
      "description": "<p>Wood-fired ovens reach 485 degrees and bake a pizza in ninety seconds.</p>"},
     {"guid": "pizza-1", "title": "An older story", "link": "https://news.example/pizza-1", "date": "2026-11-01T10:00:00Z", "description": "<p>Old.</p>"}]},
   "gym": {"items": [{"guid": "gym-1", "title": "Five minutes of stretching", "link": "https://news.example/gym-1",
      "date": "2026-11-19T08:00:00Z", "description": "<p>Short breaks keep backs healthy.</p>"}]},
   "tea": {"items": [{"guid": "tea-1", "title": "First flush arrives", "link": "https://news.example/tea-1",
      "date": "2026-11-18T08:00:00Z", "description": "<p>Spring teas are here.</p>"}]}},
 "ai": {"demo": {"key": "demo-ai-key-0123456789"}}}
JSON

say "1. A loopback sandbox plays the portal, the feeds, the AI and three WordPress sites"
mkdir sandbox
"$sandbox_binary" --dir sandbox --state state.json --max-seconds 300 >sandbox.log 2>&1 &
sandbox_pid=$!
for _ in $(seq 100); do [ -s sandbox/ports.json ] && break; sleep 0.1; done
[ -s sandbox/ports.json ] || { cat sandbox.log >&2; echo "the sandbox did not start" >&2; exit 1; }
port=$(sed -E 's/.*"http": *([0-9]+).*/\1/' sandbox/ports.json)
base="http://127.0.0.1:$port"
echo "$base"

cat >milkrun.toml <<TOML
database = "$dir/milkrun.db"
key_file = "$dir/master.key"

# Private addresses and plain http are refused unless the operator allows them, per tenant and service.
[[network.allow]]
cidr = "127.0.0.0/8"
tenant = "*"
service = "*"
TOML
cat >import.json <<JSON
{"portals": [{"slug": "demo", "base_url": "$base/portal/demo", "timezone": "Europe/Berlin", "writer": "ai", "grants": ["ai"],
              "token": "demo-make-token-0123456789abcdef01", "api_key": "demo-api-key-0123456789"}],
 "platform": {"credentials": [{"service": "ai", "base_url": "$base/ai/demo/v1", "secret": "demo-ai-key-0123456789",
                               "settings": {"adapter": "openai", "model": "demo-model"}}]}}
JSON

say "2. A database, a key, one portal (its tenants come from it)"
milkrun init
milkrun import import.json

say "3. The run: what each tenant got, and why somebody got nothing"
milkrun publish-feeds --verbose

say "4. The same again: nothing twice"
milkrun publish-feeds --verbose
printf '\nwhat each site was asked to create, over both runs:\n'
exec 3<>"/dev/tcp/127.0.0.1/$port"
printf 'GET /_sandbox/journal HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3
journal=$(tr -d '\n' <&3)
exec 3>&-
for site in asha bolt chai; do
  count=$(printf '%s' "$journal" | { grep -oE "\"route\": ?\"site:$site:create\"" || true; } | wc -l)
  printf '  %-5s %s post(s)\n' "$site" "$count"
done

say "5. Claims: who did what she says, rewarded once, told through the right account"
# Two campaigns of the pizza shop share its token; the gym has its own; the bookshop has no WhatsApp account. The gym's hours are over.
ago() { date -u -d "-$1 minutes" +%Y-%m-%dT%H:%M:%SZ; }
hour() { date -u -d "$1 hours" +%H:00; }
sandbox_request() { # METHOD PATH [BODY]: one call of the sandbox's control API; prints the answer's body on one line
  local body=${3:-}
  exec 3<>"/dev/tcp/127.0.0.1/$port"
  printf '%s /_sandbox/%s HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: %s\r\n\r\n%s' "$1" "$2" "${#body}" "$body" >&3
  tr -d '\n' <&3
  exec 3>&-
}
comment() { printf '{"id": "%s", "text": "%s", "username": "%s", "name": "%s", "from": "7%s", "time": "%s"}' "$1" "$2" "$3" "$3" "${1#c}" "$(ago 9)"; }
sandbox_request PATCH state "{\"graph\": {
   \"pizza\": {\"token\": \"demo-pizza-meta\", \"id\": \"100\", \"objects\": {
      \"178\": {\"platform\": \"instagram\", \"comments\": [$(comment c1 'SPIN-7Q4K yes!' ana), $(comment c2 'lovely' ben)]},
      \"179\": {\"platform\": \"instagram\", \"comments\": [$(comment c3 'again' ana)]}}},
   \"gym\": {\"token\": \"demo-gym-meta\", \"id\": \"200\", \"objects\": {\"200_1\": {\"comments\": [$(comment c4 'FIT-22' cleo)]}}},
   \"books\": {\"token\": \"demo-books-meta\", \"id\": \"300\", \"objects\": {\"301\": {\"platform\": \"instagram\", \"comments\": [$(comment c5 'read it' dan)]}}}},
 \"whatsapp\": {\"pizza\": {\"kind\": \"cloud\", \"token\": \"demo-pizza-wa\", \"phone_id\": \"106\"},
               \"gym\": {\"kind\": \"gateway\", \"token\": \"demo-gym-wa\", \"session\": \"gym\"}}}" >/dev/null
task() { printf '{"slug": "%s", "platform": "%s", "action": "%s", "object_id": "%s", "title": "%s", "reward_spins": 2}' "$@"; }
person() { printf '{"phone": "%s", "name": "%s", "consent": true, "instagram": "%s", "facebook": "%s"}' "$1" "$2" "$2" "$2"; }
claim() { printf '{"campaign": "%s", "task": "%s", "contact": "%s", "claimed_at": "%s"%s}' "$1" "$2" "$3" "$(ago 10)" "${4:-}"; }
account() { printf '{"service": "%s", "base_url": "%s", "account": "%s", "secret": "%s"%s}' "$1" "$base" "$2" "$3" "${4:-}"; }
verified='"template": {"name": "task_verified", "language": "de", "parameters": ["{name|du}", "{task}", "{reward}"]}'
cat >social.json <<JSON
{"tenants": [
  {"slug": "pizza", "name": "Asha's Pizza", "language": "de",
   "credentials": [$(account instagram 100 demo-pizza-meta), $(account whatsapp 106 demo-pizza-wa ', "settings": {"adapter": "cloud"}')],
   "campaigns": [{"slug": "launch", "window": {"start": "00:00", "end": "00:00"}, $verified, "tasks": [$(task comment INSTAGRAM COMMENT 178 "Kommentiere die Eröffnung")]},
                 {"slug": "loyalty", "window": {"start": "00:00", "end": "00:00"}, $verified, "tasks": [$(task again INSTAGRAM COMMENT 179 "Noch einmal"), $(task like INSTAGRAM LIKE 179 "Ein Herz")]}],
   "contacts": [$(person +4915100000001 ana), $(person +4915100000002 ben), $(person +4915100000009 nobody)],
   "completions": [$(claim launch comment +4915100000001 ', "code": "SPIN-7Q4K"'), $(claim launch comment +4915100000002),
                   $(claim launch comment +4915100000009), $(claim loyalty again +4915100000001), $(claim loyalty like +4915100000002)]},
  {"slug": "gym", "name": "Bolt Gym",
   "credentials": [$(account facebook 200 demo-gym-meta), $(account whatsapp gym demo-gym-wa ', "settings": {"adapter": "gateway"}')],
   "campaigns": [{"slug": "fit", "window": {"start": "$(hour +2)", "end": "$(hour +4)"},
                  "tasks": [$(task comment FACEBOOK COMMENT 200_1 "Comment on our plan"), $(task visit FACEBOOK VISIT_PAGE "" "Visit our page")]}],
   "contacts": [$(person +4915100000003 cleo)],
   "completions": [$(claim fit comment +4915100000003 ', "code": "FIT-22"'), $(claim fit visit +4915100000003 ", \"clicked_at\": \"$(ago 11)\"")]},
  {"slug": "books", "name": "Chai Books", "credentials": [$(account instagram 300 demo-books-meta)],
   "campaigns": [{"slug": "read", "window": {"start": "00:00", "end": "00:00"}, "tasks": [$(task comment INSTAGRAM COMMENT 301 "Tell us")]}],
   "contacts": [$(person +4915100000004 dan)], "completions": [$(claim read comment +4915100000004)]}]}
JSON
milkrun import social.json >/dev/null
milkrun verify-social --verbose
printf '\nwhose token asked Meta, and whose account told whom (the second run changes nothing):\n'
milkrun verify-social >/dev/null
effects=$(sandbox_request GET effects)
printf '%s' "$effects" | grep -oE '"graph_calls": ?\{[^}]*\}' | sed 's/^/  /'
printf '%s' "$effects" | grep -oE '"account": ?"[a-z]+"|"to": ?"[0-9]+"' | paste -d' ' - - | sed 's/^/  /'

say "6. A week, day by day: what is owed is told of, and people walk through a drip"
# The clock of each run is set (faketime). By WhatsApp template, by the gym's gateway, and by e-mail for the bookshop.
mail=""
if /usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null && command -v openssl >/dev/null; then
  "$here/../peers/smtp.sh" "$dir/mail" && mail=smtp://127.0.0.1:$(cat "$dir/mail/port")
  printf '\n[http]\nca_file = "%s/mail/ca.pem"\n' "$dir" >>milkrun.toml
fi
# It begins the day after tomorrow, when what chapter 5 left in the outbox is too old to be sent.
day() { date -u -d "$(date -u +%F) $(($1 + 2)) days" +%F; }
on() { TZ=UTC FAKETIME_DONT_FAKE_MONOTONIC=1 faketime -f "@$(day "$1") $2" "$milkrun_binary" --config "$dir/milkrun.toml" --log-level error "${@:3}"; } # DAY TIME COMMAND…
invoice() { printf '{"number": "%s", "contact": "%s", "currency": "EUR", "amount_minor": %s, "due_on": "%s", "status": "open"}' "$@"; }
rule() { printf '{"slug": "%s", "offset_days": %s, "template": {"name": "invoice", "language": "de", "parameters": ["{first_name}", "{outstanding}", "{due_date}"]}}' "$@"; }
step() { printf '{"slug": "%s", "delay": {"value": %s, "unit": "days"}, "at": "10:00", "channels": ["whatsapp"], "text": "%s"%s}' "$@"; }
# Ana owes two invoices, which are one message a day. Ben pays on the second day. Cleo answers on the third; Emil walks to the end; Fay
# wants no more after the first message. Dan of the bookshop has no phone.
books=""
[ -z "$mail" ] || books=$(cat <<JSON
, {"slug": "books", "timezone": "UTC", "contacts": [{"email": "dan@example.test", "ref": "D-1", "name": "Dan", "email_consent": true}],
   "credentials": [{"service": "email", "base_url": "$mail", "account": "books", "secret": "secret", "settings": {"from": "books@example.test", "from_name": "Chai Books"}}],
   "invoices": [$(invoice B-1 D-1 1990 "$(day 4)")]}
JSON
)
cat >week.json <<JSON
{"tenants": [
  {"slug": "pizza", "timezone": "UTC", "reminder_rules": [$(rule before -1), $(rule due 0), $(rule after 1)],
   "invoices": [$(invoice P-1 +4915100000001 11900 "$(day 3)"), $(invoice P-2 +4915100000001 4550 "$(day 3)"), $(invoice P-3 +4915100000002 2000 "$(day 3)")]},
  {"slug": "gym", "timezone": "UTC", "contacts": [$(person +4915100000005 Emil), $(person +4915100000006 Fay)], "invoices": [$(invoice G-1 +4915100000003 9900 "$(day -2)")],
   "campaigns": [{"slug": "welcome", "kind": "drip", "window": {"start": "08:00", "end": "20:00"}, "steps": [
      $(step hello 0 'Hi {first_name}, welcome to {tenant_name}!' ''), $(step plan 2 'Your plan for the first week, {first_name}.' ', "condition": "not_replied"'),
      $(step offer 2 'A week is over: 20% on your second month.' '')]}]}
  $books]}
JSON
on 0 08:00:00 deliver >/dev/null
on 0 09:00:00 import week.json >/dev/null
on 0 09:00:30 enroll welcome --tenant gym --contact +4915100000003 --contact +4915100000005 --contact +4915100000006
printf '\nwhat the drip will say to Emil:\n'
on 0 09:00:40 preview --campaign welcome --tenant gym --contact +4915100000005 --channel whatsapp | grep -v '^whatsapp$'
change() { printf '%s' "$2" >change.json; on "$1" 12:00:00 import change.json >/dev/null; }
for d in 0 1 2 3 4 5 6; do
  printf '\n%s, ten in the morning\n' "$(date -u -d "$(day $d)" '+%A %d %B')"
  for job in send-reminders advance-drips; do
    on $d 10:00:10 "$job" --verbose | { grep -E '^  (pizza|gym|books) ' || true; } | sed 's/^  /    /'
  done
  case $d in
    1) printf '    who stands where in the drip:\n'; on 1 11:00:00 campaigns show welcome --tenant gym | sed -n '/^STEP/,/^$/s/^/    /p' ;;
    0) echo '    then Fay opts out'; change 0 '{"tenants": [{"slug": "gym", "suppressions": [{"phone": "+4915100000006", "scope": "marketing"}]}]}' ;;
    2) echo '    then Ben pays, and Cleo writes to the gym'
       change 2 "{\"tenants\": [{\"slug\": \"pizza\", \"invoices\": [{\"number\": \"P-3\", \"status\": \"paid\"}]}, {\"slug\": \"gym\", \"contacts\": [{\"phone\": \"+4915100000003\", \"wrote_at\": \"$(day 2)T11:30:00Z\"}]}]}" ;;
  esac
done
printf '\nwhich reminder went when, by which channel, and why others did not:\n'
milkrun reminders list
printf '\nwho stands where in the drip:\n'
milkrun campaigns show welcome --tenant gym

say "7. A destination that rests, and recovers"
# The gym's WhatsApp session is starting: nobody's message is given up, few ask again, and all go when it is ready.
fault() { sandbox_request POST faults "{\"route\": \"whatsapp:gym:send\", \"kind\": \"$1\", \"times\": ${2:--1}${3:-}}" >/dev/null; }
greeting() { printf '{"slug": "%s", "kind": "drip", "window": {"start": "00:00", "end": "00:00"}, "steps": [%s]}' "$1" "$(step hi 0 "$2" '' | sed 's/"at": "10:00", //')"; }
change 7 "{\"tenants\": [{\"slug\": \"gym\", \"contacts\": [$(for n in 11 12 13 14 15 16 17; do person "+49151000000$n" "p$n"; [ $n = 17 ] || printf ', '; done)],
  \"campaigns\": [$(greeting news 'We have new machines.'), $(greeting late 'We close at ten tonight.')]}]}"
fault status -1 ', "status": 500, "body": "{\"success\": false, \"error\": \"Session is starting\"}"'
newcomers=()
for n in 11 12 13 14 15 16; do newcomers+=(--contact "+49151000000$n"); done
on 7 13:00:00 enroll news --tenant gym "${newcomers[@]}" >/dev/null
on 7 13:00:10 advance-drips >/dev/null 2>&1
on 7 13:01:00 runs list --limit 1
sandbox_request DELETE faults >/dev/null
printf '\nten minutes later the session is ready:\n'
on 7 13:11:00 advance-drips --verbose | { grep -E '^  gym ' || true; }
on 7 13:12:00 runs list --limit 1

say "8. A message that nobody can know of is held, and told apart by a person"
fault reset_after 1
on 7 14:00:00 enroll late --tenant gym --contact +4915100000017 >/dev/null
on 7 14:00:10 advance-drips >/dev/null 2>&1
held=$(on 7 14:01:00 items list --state held | grep -oE 'deliver/message:[0-9a-f]+' | head -n 1)
on 7 14:01:00 items show "$held"
printf '\nit did arrive:\n'
on 7 14:02:00 items arrived "$held" --by "the gym"
on 7 14:02:10 messages list --tenant gym --phone +4915100000017

say "9. What the database remembers"
milkrun runs list
