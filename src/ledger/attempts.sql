-- History: what was tried.

-- name: add
INSERT INTO attempts (stage, key, turn, tenant_id, run_id, kind, begun_at, armed_at, finished_at, outcome, reason, args, detail,
                      reference, http_status, credential_id, owner, host, usage)
VALUES ($stage, $key, $turn, $tenant, $run, $kind, $begun_at, $armed_at, $now, $outcome, $reason, $args, $detail,
        $reference, $http_status, $credential, $owner, $host, $usage)
ON CONFLICT (stage, key, turn) DO UPDATE SET finished_at = excluded.finished_at, outcome = excluded.outcome,
  reason = excluded.reason, args = excluded.args, detail = excluded.detail, reference = excluded.reference,
  http_status = excluded.http_status, usage = excluded.usage
