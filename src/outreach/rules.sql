-- Reminder rules that ship.

-- name: of_tenant
-- Rules of single invoices do not count: they stand beside whatever the tenant has.
SELECT slug, ships, active FROM reminder_rules WHERE tenant_id = $tenant AND invoice_id IS NULL

-- name: ship
INSERT INTO reminder_rules (id, tenant_id, slug, offset_days, active_since, ships)
VALUES ($id, $tenant, $slug, $offset_days, $now, 1)
ON CONFLICT (tenant_id, slug) DO NOTHING

-- name: switch_off
UPDATE reminder_rules SET active = 0 WHERE tenant_id = $tenant AND ships = 1 AND active = 1
