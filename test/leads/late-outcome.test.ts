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
const note = () => noteLateOutcome(world.db, { leadId, callId: "call_1", ending: "completed", outcome: '{"success":true}', disposition: "qualified" }, world.clock.now() + 5);
const lead = () => world.db.sqlite.query("SELECT disposition, outcome, updated_at - created_at AS later FROM leads").get();

describe("noteLateOutcome", () => {
  test("changes the lead that this call completed, and its count", () => {
    become("completed", "call_1", "completed");
    note();
    expect(lead()).toEqual({ disposition: "qualified", outcome: '{"success":true}', later: 5 });
    expect(world.db.sqlite.query("SELECT status, disposition, count FROM lead_counts WHERE count > 0").all()).toEqual([{ status: "completed", disposition: "qualified", count: 1 }]);
  });

  test.each([
    ["that another call completed", "completed", "call_2", "callback"],
    ["that ended otherwise", "voicemail", "call_1", null],
    ["that is called again", "dialing", "call_1", null],
    ["that waits for another attempt", "retry_wait", "call_1", null],
  ])("leaves a lead alone %s", (_what, status, callId, disposition) => {
    become(status, callId, disposition);
    note();
    expect(lead()).toEqual({ disposition, outcome: null, later: 0 });
  });
});
