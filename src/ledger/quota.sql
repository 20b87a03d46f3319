-- Usage: counted effects, and what is set aside for items in flight (ledger.quota has the places; '+' before an amount:
-- no limit, nothing is set aside; '~': at most so much, what was spent is counted).

-- name: usage
SELECT used, reserved FROM usage WHERE tenant_id = $tenant AND meter = $meter AND period = $period

-- name: put
INSERT INTO usage (tenant_id, meter, period, used, reserved) VALUES ($tenant, $meter, $period, $used, $reserved)
ON CONFLICT (tenant_id, meter, period) DO UPDATE SET used = excluded.used, reserved = excluded.reserved
