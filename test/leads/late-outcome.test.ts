import { beforeEach, describe, expect, test } from "bun:test";
import { noteLateOutcome } from "../../src/leads/late-outcome.ts";
import { createWorld, insertCampaignRow, insertLeadRows, someNumbers, type World } from "../support/world.ts";

let world: World;
let leadId: string;
beforeEach(() => {
  world = createWorld();
  [leadId = ""] = insertLeadRows(world, insertCampaignRow(world).id, someNumbers(1));
});

const become = (status: string, callId: string, disposition: string | null) =>
  world.db.sqlite.query("UPDATE leads SET status = ?, call_id = ?, disposition = ? WHERE id = ?").run(status, callId, disposition, leadId);
const note = (callbackAt?: number) =>
  noteLateOutcome(
    world.db,
    { leadId, callId: "call_1", ending: "completed", outcome: '{"success":true}', disposition: "qualified", callbackAt },
    world.clock.now() + 5,
  );
const lead = () => world.db.sqlite.query("SELECT disposition, outcome, updated_at - created_at AS later FROM leads").get();

describe("noteLateOutcome", () => {
  test("changes the lead that this call completed, and its count", () => {
    become("completed", "call_1", "completed");
    note();
    expect(lead()).toEqual({ disposition: "qualified", outcome: '{"success":true}', later: 5 });
    expect(world.db.sqlite.query("SELECT status, disposition, count FROM lead_counts WHERE count > 0").all()).toEqual([
      { status: "completed", disposition: "qualified", count: 1 },
    ]);
  });

  test.each([
    ["that another call completed", "completed", "call_2", "callback"],
    ["that ended otherwise", "voicemail", "call_1", null],
    ["that is called again", "dialing", "call_1", null],
    ["that waits for another attempt", "retry_wait", "call_1", null],
  ])("leaves a lead alone %s", (_what, status, callId, disposition) => {
    become(status, callId, disposition);
    expect([note(), note(world.clock.now() + 9)]).toEqual([false, false]);
    expect(lead()).toEqual({ disposition, outcome: null, later: 0 });
  });
});

describe("a late outcome in which the person asks to be called again", () => {
  const queued = () =>
    world.db.sqlite
      .query(
        "SELECT status, disposition, outcome, attempts, attempts_granted AS granted, rank, callback_at AS callbackAt, due_at AS dueAt FROM leads",
      )
      .get();
  const inCampaign = (status: string, attempts = 1) => {
    become("completed", "call_1", "completed");
    world.db.sqlite.query("UPDATE leads SET attempts = ?").run(attempts);
    world.db.sqlite.query("UPDATE campaigns SET status = ?").run(status);
  };

  test.each(["running", "paused"])(
    "sends the lead back to the queue of a campaign that is %s, for that time and one more attempt",
    (status) => {
      inCampaign(status, 3);
      const callbackAt = world.clock.now() + 3_600_000;
      expect(note(callbackAt)).toBe(true);
      expect(queued()).toEqual({
        status: "retry_wait",
        disposition: null,
        outcome: null,
        attempts: 3,
        granted: 4,
        rank: 0,
        callbackAt,
        dueAt: callbackAt,
      });
      expect(world.db.sqlite.query("SELECT status, count FROM lead_counts WHERE count > 0").all()).toEqual([
        { status: "retry_wait", count: 1 },
      ]);
    },
  );

  test("never before the lead may be called at all", () => {
    inCampaign("running");
    world.db.sqlite.query("UPDATE leads SET not_before = ?").run(world.clock.now() + 9_000);
    note(world.clock.now() + 5_000);
    expect(queued()).toMatchObject({ callbackAt: world.clock.now() + 5_000, dueAt: world.clock.now() + 9_000 });
  });

  test.each([
    ["in a campaign that was stopped", "completed", 1],
    ["after ten attempts", "running", 10],
  ])("is noted and no more %s", (_what, status, attempts) => {
    inCampaign(status, attempts);
    expect(note(world.clock.now() + 5_000)).toBe(false);
    expect(queued()).toMatchObject({ status: "completed", disposition: "qualified", callbackAt: null });
  });
});
