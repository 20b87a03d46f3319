-- What is told once a day.

-- name: last_run
SELECT max(at) AS at FROM (SELECT max(started_at) AS at FROM runs WHERE job = $job
                           UNION ALL SELECT last_at FROM idle_runs WHERE job = $job) AS runs_of_job
