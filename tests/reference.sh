#!/usr/bin/env bash
# The reference in docs/ is the one that the binary prints, and its example imports as it is: counted first, then done.
set -euo pipefail
binary=$1
cd "$(dirname "${BASH_SOURCE[0]}")/.."
"$binary" import --reference | diff -u docs/import.md - || { echo "run: milkrun import --reference > docs/import.md" >&2; exit 1; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -m 700 "$scratch/key"
touch "$scratch/milkrun.toml"
milkrun() { "$binary" --config "$scratch/milkrun.toml" --db "$scratch/milkrun.db" --key-file "$scratch/key/master.key" "$@"; }
milkrun init >/dev/null
milkrun import --example >"$scratch/example.json"
would=$(milkrun import --dry-run "$scratch/example.json")
did=$(milkrun import "$scratch/example.json")
[ "$would" = "$did
the document is good; nothing was stored (dry run)" ] || { echo "a dry run counts otherwise than the import:"; echo "$would"; echo "$did"; exit 1; }
again=$(milkrun import --dry-run "$scratch/example.json" | grep -cvE ' 0 added, 0 changed, ') || true
[ "$again" = 1 ] || { echo "the same again would change something:"; milkrun import --dry-run "$scratch/example.json"; exit 1; }
