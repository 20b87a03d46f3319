-- Usage: counted effects, and what is set aside for items in flight (ledger.quota has the places; '+' before an amount:
-- no limit, nothing is set aside; '~': at most so much, what was spent is counted).

-- name: usage
SELECT used, reserved FROM usage WHERE tenant_id = $tenant AND meter = $meter AND period = $period

-- name: put
INSERT INTO usage (tenant_id, meter, period, used, reserved) VALUES ($tenant, $meter, $period, $used, $reserved)
ON CONFLICT (tenant_id, meter, period) DO UPDATE SET used = excluded.used, reserved = excluded.reserved

-- name: put_eight
-- Of eight tenants in one: where a turn ends and begins items of many, one each would be a seventh of all statements.
INSERT INTO usage (tenant_id, meter, period, used, reserved) VALUES
  ($tenant1, $meter1, $period1, $used1, $reserved1),
  ($tenant2, $meter2, $period2, $used2, $reserved2),
  ($tenant3, $meter3, $period3, $used3, $reserved3),
  ($tenant4, $meter4, $period4, $used4, $reserved4),
  ($tenant5, $meter5, $period5, $used5, $reserved5),
  ($tenant6, $meter6, $period6, $used6, $reserved6),
  ($tenant7, $meter7, $period7, $used7, $reserved7),
  ($tenant8, $meter8, $period8, $used8, $reserved8)
ON CONFLICT (tenant_id, meter, period) DO UPDATE SET used = excluded.used, reserved = excluded.reserved
