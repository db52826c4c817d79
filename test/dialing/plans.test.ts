// What the machine asks of the database in a round and at the end of a call costs the same after a million calls: every
// statement goes by an index that leads to few rows.

import { expect, test } from "bun:test";
import { addEntry } from "../../src/credits/store.ts";
import { openDatabase } from "../../src/database/open.ts";
import { checkInvariants, createTestMachine } from "../support/machine.ts";
import { busyResult, completedResult, noAnswerResult, trunkBusyResult } from "../support/scripted-dialer.ts";

const numbers = (count: number) => Array.from({ length: count }, (_, index) => `+91987650${String(1000 + index)}`);
const [A = "", B = "", C = "", D = "", E = ""] = numbers(5);

/** Every statement that is asked from now on. */
function listen(sqlite: ReturnType<typeof openDatabase>["sqlite"]): Set<string> {
  const heard = new Set<string>();
  const query = sqlite.query.bind(sqlite);
  Object.assign(sqlite, { query: (sql: string) => (heard.add(sql), query(sql)) });
  return heard;
}

test("no statement walks through the calls, leads or entries there ever were", () => {
  const db = openDatabase({ path: ":memory:" });
  const world = createTestMachine({ db });
  const heard = listen(db.sqlite);
  checkInvariants(db);
  const ofTests = new Set(heard);
  world.addCampaign({
    id: "cmp_1",
    leads: [A, B, C, D],
    retryPolicy: { maxAttempts: 3, retryOn: ["busy", "no_answer"], backoffMinutes: 1 },
    restHours: 1,
    contactLimits: [{ attempts: 3, perHours: 24 }],
    agent: { id: "agent_analysed", postCallAnalysis: { enabled: true } },
  });
  world.settle();
  world.dialer.answer(A);
  world.dialer.tell(A, { type: "opt_out", optOut: { by: "key", quote: "9" } });
  world.dialer.end(A, completedResult);
  world.dialer.end(B, busyResult);
  world.dialer.end(C, noAnswerResult);
  world.dialer.end(D, trunkBusyResult);
  world.clock.advance(70_000);
  world.settle();
  world.dialer.endAll();
  world.settle();
  // The credit does not cover the next call.
  addEntry(db, { kind: "adjustment", amount: -999_999_000_000 }, world.clock.now());
  world.addCampaign({ id: "cmp_2", leads: [E] });
  world.settle();
  world.machine.dispatcher.sweep();
  world.settle();
  expect(world.campaign("cmp_2").status).toBe("paused");

  const asked = [...heard].filter(
    (sql) =>
      !ofTests.has(sql) &&
      /^\s*(SELECT|WITH|UPDATE|DELETE)/.test(sql) &&
      /\b(calls|leads|credit_ledger|deliveries|decisions|dnc|call_reports)\b/.test(sql),
  );
  expect(asked.length).toBeGreaterThan(20);
  const plans = asked.map((sql) => ({
    sql,
    plan: db.sqlite
      .query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => detail),
  }));
  const isLong = (detail: string) =>
    (/^SCAN (?!lane|CONSTANT ROW|hosts|slice)/.test(detail) && !/INDEX calls_open/.test(detail)) ||
    /INDEX calls_(ending|campaign)/.test(detail);
  const tables = /^SCAN (campaigns|c|phone_numbers|trunks|agents|credit_rates|credit_account|settings|n|lead_counts|uploads)\b/;
  expect(
    plans.flatMap(({ sql, plan }) => plan.filter((detail) => isLong(detail) && !tables.test(detail)).map((detail) => `${detail}: ${sql}`)),
  ).toEqual([]);
});
