// Lists of calls and their totals: right for every filter, and never by walking past what is not asked for.

import { describe, expect, test } from "bun:test";
import { type CallEnding, callEndings, type CallStatus, callStatuses } from "../../src/calls/call.ts";
import { type CallFilter, type CallRow, countCalls, findCall, listCalls, MOST_COUNTED } from "../../src/calls/store.ts";
import { type Db, openDatabase } from "../../src/database/open.ts";
import { transact } from "../../src/database/transaction.ts";
import { createIds } from "../../src/runtime/ids.ts";
import { seededRandom } from "../../src/runtime/random.ts";
import { createFakeClock, type FakeClock } from "../support/fake-clock.ts";

interface Supply {
  db: Db;
  clock: FakeClock;
  /** One call, as many ms after the one before as `afterMs` says. */
  add(call: {
    campaignId?: string | null;
    leadId?: string | null;
    to?: string;
    status?: CallStatus;
    ending?: CallEnding | null;
    afterMs?: number;
  }): string;
  /** Ends a call that was added in progress. */
  end(id: string, status: CallStatus, ending: CallEnding): void;
}

function createSupply(): Supply {
  const db = openDatabase({ path: ":memory:" });
  const clock = createFakeClock();
  const newId = createIds(clock, seededRandom(3));
  const insert = db.sqlite.prepare(
    `INSERT INTO calls (id, boot_id, campaign_id, lead_id, agent_id, agent_version, phone_number_id, trunk_id, from_number, to_number, attempt, status, ending, placed_at, uses_attempt)
     VALUES (?, 'boot_1', ?, ?, 'agent_1', 1, 'pn_1', 'trk_1', '+912200000001', ?, 1, ?, ?, ?, 0)`,
  );
  return {
    db,
    clock,
    add({ campaignId = "cmp_1", leadId = null, to = "+919876501000", status = "ended", ending = null, afterMs = 1_000 }) {
      clock.advance(afterMs);
      const id = newId("call");
      insert.run(id, campaignId, leadId, to, status, ending, clock.now());
      return id;
    },
    end: (id, status, ending) => void db.sqlite.query("UPDATE calls SET status = ?, ending = ? WHERE id = ?").run(status, ending, id),
  };
}

const page = { limit: 1_000, offset: 0, after: undefined };

describe("the list and its total", () => {
  test("agree with a plain look at the rows, for every mix of filters", () => {
    const { db, clock, add, end } = createSupply();
    const random = seededRandom(5);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random.fraction() * list.length)] as T;
    const campaigns = ["cmp_1", "cmp_2", null];
    const leads = ["ld_1", "ld_2", null];
    const numbers = ["+919876501000", "+919876501001"];
    const startedAt = clock.now();
    for (let made = 0; made < 400; made += 1) {
      const id = add({
        campaignId: pick(campaigns),
        leadId: pick(leads),
        to: pick(numbers),
        status: pick(["placing", "ringing", "answered"]),
        afterMs: Math.floor(random.fraction() * 5_000),
      });
      if (random.fraction() < 0.9) end(id, random.fraction() < 0.1 ? "unknown" : "ended", pick(callEndings));
    }
    const all = db.sqlite
      .query<{ id: string }, []>("SELECT id FROM calls ORDER BY id DESC")
      .all()
      .map(({ id }) => findCall(db, id) as CallRow);
    const fits = (row: CallRow, { campaignId, leadId, phoneNumber, status, ending, from, to }: CallFilter) =>
      (campaignId ?? row.campaignId) === row.campaignId &&
      (leadId ?? row.leadId) === row.leadId &&
      (phoneNumber ?? row.toNumber) === row.toNumber &&
      (status ?? row.status) === row.status &&
      (ending ?? row.ending) === row.ending &&
      (from ?? 0) <= row.placedAt &&
      (to ?? Infinity) > row.placedAt;
    const anInstant = () => startedAt + Math.floor(random.fraction() * (clock.now() - startedAt));
    for (let tried = 0; tried < 300; tried += 1) {
      const maybe = <T>(value: T): T | undefined => (random.fraction() < 0.4 ? value : undefined);
      const filter: CallFilter = {
        campaignId: maybe(pick(["cmp_1", "cmp_2", "cmp_3"])),
        leadId: maybe(pick(["ld_1", "ld_9"])),
        phoneNumber: maybe(pick(numbers)),
        status: maybe(pick(callStatuses)),
        ending: maybe(pick(callEndings)),
        from: maybe(anInstant()),
        to: maybe(anInstant()),
      };
      const expected = all.filter((row) => fits(row, filter));
      expect(listCalls(db, filter, page)).toEqual(expected);
      expect(countCalls(db, filter)).toBe(expected.length);
      const [, second] = expected;
      if (second !== undefined) expect(listCalls(db, filter, { limit: 2, offset: 0, after: second.id })).toEqual(expected.slice(2, 4));
      expect(listCalls(db, filter, { limit: 3, offset: 1, after: undefined })).toEqual(expected.slice(1, 4));
    }
  });

  test("a call is counted once, when it is over, and no more when it is gone", () => {
    const { db, add, end } = createSupply();
    const id = add({ status: "answered" });
    const counts = () => db.sqlite.query("SELECT campaign_id, status, ending, count FROM call_counts WHERE count <> 0").all();
    expect([counts(), countCalls(db, {}), countCalls(db, { status: "answered" })]).toEqual([[], 1, 1]);
    end(id, "ended", "busy");
    db.sqlite.query("UPDATE calls SET status = 'ended', disposition = 'qualified' WHERE id = ?").run(id);
    expect(counts()).toEqual([{ campaign_id: "cmp_1", status: "ended", ending: "busy", count: 1 }]);
    expect(countCalls(db, {})).toBe(1);
    db.sqlite.query("DELETE FROM calls").run();
    expect([counts(), countCalls(db, {})]).toEqual([[], 0]);
  });

  test("a total that has to be counted stops at its bound", () => {
    const { db, clock, add } = createSupply();
    const from = clock.now();
    transact(db, () => {
      for (let made = 0; made < MOST_COUNTED + 5; made += 1) add({ ending: "busy", afterMs: 1 });
    });
    expect(countCalls(db, { from })).toBe(MOST_COUNTED);
    expect(countCalls(db, { campaignId: "cmp_1" })).toBe(MOST_COUNTED + 5);
  });

  test("a clock that was set back a little hides nothing", () => {
    const { db, clock, add } = createSupply();
    const first = add({});
    clock.jumpTo(clock.now() - 5 * 60_000);
    const second = add({});
    const rows = listCalls(db, { to: clock.now() + 1 }, page);
    expect(rows.map((row) => row.id)).toEqual([second]);
    expect(listCalls(db, { from: clock.now() + 1 }, page).map((row) => row.id)).toEqual([first]);
  });
});

describe("the plan", () => {
  const planOf = (filter: CallFilter, after?: string) => {
    const { db } = createSupply();
    const plans: string[] = [];
    const watched = new Proxy(db, {
      get(target, name) {
        if (name !== "sqlite") return Reflect.get(target, name, target);
        return {
          query: (sql: string) => ({
            all: (...values: (string | number | null)[]) => {
              plans.push(
                ...db.sqlite
                  .query<{ detail: string }, (string | number | null)[]>(`EXPLAIN QUERY PLAN ${sql}`)
                  .all(...values)
                  .map(({ detail }) => detail),
              );
              return [];
            },
          }),
        };
      },
    });
    listCalls(watched, filter, { limit: 10, offset: 0, after });
    return plans.filter((detail) => !/SCALAR SUBQUERY|SEARCH recordings USING INDEX sqlite_autoindex_recordings_1/.test(detail));
  };

  const at = Date.UTC(2026, 4, 6);
  test.each<[string, CallFilter, RegExp]>([
    ["nothing", {}, /^SCAN calls USING INDEX sqlite_autoindex_calls_1$/],
    ["a time", { from: at, to: at + 1 }, /^SEARCH calls USING INDEX sqlite_autoindex_calls_1 \(id>\? AND id<\?\)$/],
    ["a campaign", { campaignId: "cmp_1" }, /^SEARCH calls USING INDEX calls_campaign \(campaign_id=\?\)$/],
    ["a campaign and a time", { campaignId: "cmp_1", from: at, to: at + 1 }, /calls_campaign \(campaign_id=\? AND id>\? AND id<\?\)$/],
    ["a campaign and an ending", { campaignId: "cmp_1", ending: "voicemail" }, /calls_campaign_ending \(campaign_id=\? AND ending=\?\)$/],
    ["an ending and a time", { ending: "voicemail", from: at }, /calls_ending \(ending=\? AND id>\?\)$/],
    ["a status that is over", { status: "ended", ending: "busy" }, /calls_ending \(ending=\?\)$/],
    ["unknown", { status: "unknown" }, /calls_unknown$/],
    ["a lead, with anything else", { leadId: "ld_1", campaignId: "cmp_1", ending: "busy" }, /calls_lead \(lead_id=\?\)$/],
  ])("for %s needs no sorting and takes its own index", (_what, filter, plan) => {
    const plans = planOf(filter);
    expect(plans.join("\n")).toMatch(plan);
    expect(plans.filter((detail) => /TEMP B-TREE/.test(detail))).toEqual([]);
  });

  test("for a number takes its calls alone, with anything else", () => {
    expect(planOf({ phoneNumber: "+1", campaignId: "cmp_1", status: "ended" }).join("\n")).toContain(
      "USING INDEX calls_number (to_number=?)",
    );
  });

  test("for calls in progress takes the index of the few that are", () => {
    expect(planOf({ status: "ringing" }).join("\n")).toContain("USING INDEX calls_open");
    expect(planOf({ status: "ringing", campaignId: "cmp_1" }).join("\n")).toContain("USING INDEX calls_open (campaign_id=?)");
  });

  test("for a later page begins where the one before ended", () => {
    expect(planOf({ campaignId: "cmp_1" }, "call_x").join("\n")).toMatch(/calls_campaign \(campaign_id=\? AND id<\?\)$/);
  });
});
