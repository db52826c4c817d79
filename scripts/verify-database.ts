// A second opinion on a database: reads it with better-sqlite3, a library that is not the engine's own, in a process of
// its own (two SQLite libraries on one file in one process would drop each other's locks), and changes nothing.
// Usage: bun scripts/verify-database.ts FILE; prints a table, exit code 0 when everything holds.

import Database from "better-sqlite3";

interface Check {
  name: string;
  /** Rows that must not exist. */
  sql: string;
}

/** Each finds what must not be there: a row is a contradiction. */
const checks: readonly Check[] = [
  {
    name: "the pages and indexes are sound",
    sql: "SELECT integrity_check AS problem FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
  },
  {
    name: "every reference leads somewhere",
    sql: "SELECT \"table\" || ' row ' || coalesce(rowid, '?') || ' → ' || parent AS problem FROM pragma_foreign_key_check",
  },
  {
    name: "lead_counts says what the leads say",
    sql: `WITH told AS (SELECT campaign_id, status, disposition, count FROM lead_counts WHERE count <> 0),
               counted AS (SELECT campaign_id, status, coalesce(disposition, '') AS disposition, count(*) AS count FROM leads GROUP BY 1, 2, 3)
          SELECT 'told ' || campaign_id || ' ' || status || ' ' || disposition || ': ' || count AS problem FROM (SELECT * FROM told EXCEPT SELECT * FROM counted)
          UNION ALL
          SELECT 'counted ' || campaign_id || ' ' || status || ' ' || disposition || ': ' || count FROM (SELECT * FROM counted EXCEPT SELECT * FROM told)`,
  },
  {
    name: "dnc_counts says what the entries say",
    sql: `WITH told AS (SELECT source, count FROM dnc_counts WHERE count <> 0),
               counted AS (SELECT source, count(*) AS count FROM dnc GROUP BY source)
          SELECT 'told ' || source || ': ' || count AS problem FROM (SELECT * FROM told EXCEPT SELECT * FROM counted)
          UNION ALL SELECT 'counted ' || source || ': ' || count FROM (SELECT * FROM counted EXCEPT SELECT * FROM told)`,
  },
  {
    name: "a lead has used as many attempts as its calls say",
    sql: `SELECT l.id || ' has ' || l.attempts || ' attempts and ' || count(c.id) || ' calls that use one' AS problem
            FROM leads l LEFT JOIN calls c ON c.lead_id = l.id AND c.uses_attempt = 1 AND c.status IN ('ended', 'unknown')
           WHERE l.status NOT IN ('dialing', 'in_progress') GROUP BY l.id HAVING l.attempts <> count(c.id)`,
  },
  {
    name: "no number is in two open calls",
    sql: `SELECT to_number || ' is in ' || count(*) || ' open calls' AS problem FROM calls
           WHERE status IN ('placing', 'ringing', 'answered') GROUP BY to_number HAVING count(*) > 1`,
  },
  {
    name: "a lead that is being called has an open call",
    sql: `SELECT l.id || ' is ' || l.status || ' without an open call' AS problem FROM leads l
           WHERE l.status IN ('dialing', 'in_progress')
             AND NOT EXISTS (SELECT 1 FROM calls c WHERE c.lead_id = l.id AND c.status IN ('placing', 'ringing', 'answered'))`,
  },
  {
    name: "the balance is the sum of the ledger",
    sql: `SELECT 'the balance is ' || balance || ', the entries sum to ' || total AS problem
            FROM credit_account, (SELECT coalesce(sum(amount), 0) AS total FROM credit_ledger) WHERE balance <> total`,
  },
  {
    name: "what is set aside belongs to open calls",
    sql: `WITH left_over AS (SELECT call_id, -sum(amount) AS amount FROM credit_ledger WHERE kind IN ('reserve', 'release') GROUP BY call_id)
          SELECT amount || ' is set aside for ' || call_id || ', which is not open' AS problem FROM left_over
           WHERE amount <> 0 AND NOT EXISTS (SELECT 1 FROM calls c WHERE c.id = call_id AND c.status IN ('placing', 'ringing', 'answered'))
          UNION ALL
          SELECT 'set aside are ' || reserved || ', for calls ' || total FROM credit_account, (SELECT coalesce(sum(amount), 0) AS total FROM left_over) WHERE reserved <> total`,
  },
];

const MOST_SHOWN = 5;

/** The contradictions of one check. */
function problemsOf(database: Database, check: Check): string[] {
  try {
    return database
      .prepare<{ problem: string }>(check.sql)
      .all()
      .map((row) => row.problem);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

function verify(path: string): number {
  const database = new Database(path, { readonly: true, fileMustExist: true });
  const library = database.prepare<{ version: string }>("SELECT sqlite_version() AS version").get()?.version ?? "?";
  console.log(`${path}, read by better-sqlite3 (SQLite ${library})`);
  let failed = 0;
  for (const check of checks) {
    const problems = problemsOf(database, check);
    if (problems.length > 0) failed += 1;
    console.log(`  ${problems.length === 0 ? "ok    " : "WRONG "}  ${check.name}`);
    for (const problem of problems.slice(0, MOST_SHOWN)) console.log(`            ${problem}`);
    if (problems.length > MOST_SHOWN) console.log(`            and ${problems.length - MOST_SHOWN} more`);
  }
  database.close();
  console.log(failed === 0 ? "everything holds" : `${failed} of ${checks.length} checks found something wrong`);
  return failed === 0 ? 0 : 1;
}

const [path] = process.argv.slice(2);
if (path === undefined) {
  console.error("usage: bun scripts/verify-database.ts FILE");
  process.exit(2);
}
try {
  process.exit(verify(path));
} catch (error) {
  console.error(`verify-database: ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
