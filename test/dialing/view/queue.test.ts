// The order of the queue, and what lanes spare: a closed zone never blocks an open one.

import { describe, expect, test } from "bun:test";
import { checkInvariants, createTestMachine, type TestMachine } from "../../support/machine.ts";
import { completedResult } from "../../support/scripted-dialer.ts";

const HOUR = 3_600_000;
const [A = "", B = "", C = "", D = ""] = ["+919876501000", "+919876501001", "+919876501002", "+919876501003"];

/** Changes columns of a waiting lead. */
function change(world: TestMachine, number: string, columns: Record<string, string | number | null>): void {
  for (const [name, value] of Object.entries(columns))
    world.db.sqlite.query(`UPDATE leads SET ${name} = ? WHERE phone_number = ?`).run(value, number);
}

function decisions(world: TestMachine, number: string): { kind: string; reason: string; until: number | null }[] {
  return world.db.sqlite
    .query<{ kind: string; reason: string; until: number | null }, [string]>(
      "SELECT kind, reason, until FROM decisions WHERE lead_id = (SELECT id FROM leads WHERE phone_number = ?) ORDER BY sequence",
    )
    .all(number);
}

describe("the order of the queue", () => {
  test("is callbacks, then priority, then who fell due first, then who came first", () => {
    const world = createTestMachine();
    const campaign = world.addCampaign({ status: "paused", leads: [A, B, C, D], maxConcurrent: 4 });
    change(world, B, { rank: 20 });
    change(world, C, { due_at: world.clock.now() - HOUR });
    change(world, D, { rank: 0 });
    world.setStatus(campaign, "running");
    world.settle();
    expect(world.dialer.numbers()).toEqual([D, B, C, A]);
  });

  test("runs across the zones of one rank", () => {
    const world = createTestMachine();
    const campaign = world.addCampaign({ status: "paused", leads: [A, B, C], maxConcurrent: 1 });
    change(world, A, { zones: "America/New_York" });
    change(world, B, { zones: "Asia/Kolkata" });
    change(world, C, { zones: "America/New_York" });
    world.setStatus(campaign, "running");
    for (let turn = 0; turn < 3; turn += 1) {
      world.settle();
      world.dialer.endAll();
    }
    expect(world.dialer.numbers()).toEqual([A, B, C]);
  });
});

describe("in the recipient's own zone", () => {
  // 05:30Z is 11:00 in Kolkata and 01:30 in New York.
  const schedule = { windowStart: "09:00", windowEnd: "19:00", timezoneMode: "recipient" as const };

  test("who sleeps is passed over without a write, and called as the window opens there", () => {
    const world = createTestMachine();
    const campaign = world.addCampaign({ status: "paused", leads: [A, B], schedule });
    change(world, A, { zones: "America/New_York" });
    change(world, B, { zones: "Asia/Kolkata" });
    world.setStatus(campaign, "running");
    world.settle();
    expect(world.dialer.numbers()).toEqual([B]);
    world.dialer.endAll();
    const before = world.lead(A);
    world.clock.advance(7.5 * HOUR - 1);
    expect([world.dialer.numbers(), world.lead(A)]).toEqual([[B], before]);
    world.clock.advance(1);
    expect(world.dialer.numbers()).toEqual([B, A]);
  });

  test("a number that may be in several zones waits until all of them are open", () => {
    const world = createTestMachine();
    const campaign = world.addCampaign({ status: "paused", leads: [A], schedule });
    change(world, A, { zones: "America/Boise|America/Los_Angeles" });
    world.setStatus(campaign, "running");
    world.clock.advance(10.5 * HOUR - 1);
    expect(world.dialer.numbers()).toEqual([]);
    world.clock.advance(1);
    expect(world.dialer.numbers()).toEqual([A]);
  });

  test("where nothing is known of the zone nobody is called", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [A], schedule });
    world.clock.advance(48 * HOUR);
    expect(world.dialer.numbers()).toEqual([]);
    expect(world.lead(A).status).toBe("pending");
  });
});

describe("limits by number", () => {
  const limit = (world: TestMachine, campaign: string, columns: Record<string, string | number>) => {
    for (const [name, value] of Object.entries(columns))
      world.db.sqlite.query(`UPDATE campaigns SET ${name} = ? WHERE id = ?`).run(value, campaign);
  };

  test("hold over all campaigns, and the lead's story says until when", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [A] });
    world.settle();
    world.dialer.endAll();
    const second = world.addCampaign({ status: "paused", leads: [A] });
    limit(world, second, { contact_limits: JSON.stringify([{ attempts: 1, perHours: 24 }]) });
    world.clock.advance(HOUR);
    world.setStatus(second, "running");
    world.settle();
    expect(world.dialer.placed.length).toBe(1);
    const row = world.lead(A, second);
    expect(row.due_at).toBe(world.clock.now() + 23 * HOUR);
    expect(world.db.sqlite.query("SELECT kind, reason, until FROM decisions WHERE lead_id = ?").all(row.id)).toEqual([
      { kind: "wait", reason: "contact_limit", until: row.due_at },
    ]);
    world.clock.advance(23 * HOUR - 1);
    expect(world.dialer.placed.length).toBe(1);
    world.clock.advance(1);
    expect(world.dialer.placed.length).toBe(2);
    expect(checkInvariants(world.db)).toEqual([]);
  });

  test("a rest follows a conversation, not a call that nobody took", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [A, B], maxConcurrent: 2 });
    world.settle();
    world.dialer.end(A, completedResult);
    world.dialer.end(B, { ...completedResult, ending: "voicemail" });
    world.settle();
    const second = world.addCampaign({ status: "paused", leads: [A, B] });
    limit(world, second, { rest_after_conversation_hours: 24 });
    world.setStatus(second, "running");
    world.settle();
    expect(world.dialer.numbers()).toEqual([A, B, B]);
    expect(world.lead(A, second).due_at).toBe(world.clock.now() + 24 * HOUR);
  });

  test("those of the settings hold for every campaign", () => {
    const world = createTestMachine();
    world.db.sqlite
      .query("INSERT INTO settings VALUES ('limits', ?)")
      .run(JSON.stringify({ contactLimits: [{ attempts: 2, perHours: 24 }] }));
    world.addCampaign({ leads: [A], retryPolicy: { maxAttempts: 5, backoffMinutes: 60, retryOn: ["busy"] } });
    for (let hour = 0; hour < 30; hour += 1) {
      world.settle();
      world.dialer.endAll({ ...completedResult, ending: "busy", talkMs: 0 });
      world.clock.advance(HOUR);
    }
    expect(world.dialer.placed.length).toBe(4);
  });
});

describe("decisions", () => {
  test("are kept when they change, and a block is told", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [A] });
    world.settle();
    const second = world.addCampaign({ leads: [A] });
    world.clock.advance(25_000);
    const row = world.lead(A, second);
    expect(world.db.sqlite.query("SELECT kind, reason FROM decisions WHERE lead_id = ?").all(row.id)).toEqual([
      { kind: "wait", reason: "number_in_call" },
    ]);
    world.addDnc(A);
    world.clock.advance(10_000);
    expect(world.db.sqlite.query("SELECT kind, reason FROM decisions WHERE lead_id = ? ORDER BY sequence").all(row.id)).toEqual([
      { kind: "wait", reason: "number_in_call" },
      { kind: "block", reason: "dnc" },
    ]);
    expect(decisions(world, B)).toEqual([]);
  });

  test("a call keeps what the gate saw when it said dial", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [A] });
    world.settle();
    const facts = JSON.parse(world.db.sqlite.query<{ facts: string }, []>("SELECT facts FROM calls").get()?.facts ?? "{}");
    expect(facts).toMatchObject({
      onDnc: false,
      numberInCall: false,
      zones: "?",
      zoneFrom: "campaign",
      window: { open: true },
      inFlight: 0,
    });
  });
});

describe("the end time", () => {
  test("ends the campaign, settles who waits for a retry, and lets calls go on", () => {
    const world = createTestMachine();
    const campaign = world.addCampaign({ leads: [A, B, C], maxConcurrent: 2 });
    world.settle();
    world.dialer.end(A, { ...completedResult, ending: "busy", talkMs: 0 });
    world.setStatus(campaign, "paused");
    world.settle();
    world.db.sqlite.query("UPDATE campaigns SET end_at = ? WHERE id = ?").run(world.clock.now() + HOUR / 6, campaign);
    world.setStatus(campaign, "running");
    world.settle();
    world.clock.advance(HOUR / 6);
    expect(world.campaign(campaign)).toEqual({ status: "completed", status_reason: "ended at its endAt" });
    expect(world.lead(A).status).toBe("busy");
    expect(world.lead(B).status).toBe("dialing");
    world.dialer.endAll();
    world.settle();
    expect(world.lead(B).status).toBe("completed");
  });
});

describe("a pool of numbers", () => {
  test("calls from one of the same country, the least used first, and never above a number's own cap", () => {
    const world = createTestMachine();
    const leads = Array.from({ length: 6 }, (_, index) => `+91987650${2_000 + index}`);
    const campaign = world.addCampaign({ status: "paused", leads, maxConcurrent: 6 });
    const now = world.clock.now();
    const add = (id: string, number: string, cap: number | null) =>
      world.db.sqlite
        .query(
          "INSERT INTO phone_numbers (id, phone_number, trunk_id, max_concurrent, created_at, updated_at) VALUES (?, ?, 'trk_1', ?, ?, ?)",
        )
        .run(id, number, cap, now, now);
    add("pn_in", "+918045678901", 2);
    add("pn_us", "+14155550123", null);
    world.db.sqlite.query("UPDATE campaigns SET phone_number_ids = ? WHERE id = ?").run(JSON.stringify(["pn_in", "pn_us"]), campaign);
    world.setStatus(campaign, "running");
    world.settle();
    const used = world.dialer.placed.map((order) => order.from);
    expect(used.filter((from) => from === "+918045678901").length).toBe(2);
    expect(used.filter((from) => from === "+14155550123").length).toBe(0);
    expect(new Set(used.slice(0, 4)).size).toBe(2);
  });
});
