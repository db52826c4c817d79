import { describe, expect, test } from "bun:test";
import { type CampaignFacts, type Movement, statusReasonOf } from "../../src/campaigns/status-reason.ts";

const NOW = Date.UTC(2026, 4, 6, 5, 30);
const LATER = Date.UTC(2026, 4, 6, 6, 30);
const moving: Movement = { window: { open: true }, hasOpenCalls: false, nextDueAt: NOW };

function reason(campaign: Partial<CampaignFacts>, movement: Partial<Movement> = {}): string | null {
  return statusReasonOf(
    { status: "running", statusReason: null, scheduledStartAt: null, ...campaign },
    () => ({ ...moving, ...movement }),
    NOW,
  );
}

describe("why a campaign is not moving", () => {
  test("what was written down wins over what can be seen", () => {
    expect(reason({ statusReason: "the trunk is busy" }, { window: { open: false } })).toBe("the trunk is busy");
  });
  test("outside its window it names the next opening", () => {
    expect(reason({}, { window: { open: false, opensAt: LATER } })).toBe("outside the dialing window; opens at 2026-05-06T06:30:00.000Z");
  });
  test("a window that never opens is told from one that opens", () => {
    expect(reason({}, { window: { open: false } })).toBe("outside the dialing window; it does not open within a year");
  });
  test("with every lead waiting it names the next retry", () => {
    expect(reason({}, { nextDueAt: LATER })).toBe("waiting for retries; the next is due at 2026-05-06T06:30:00.000Z");
  });
  test("with a call open it is moving", () => {
    expect(reason({}, { nextDueAt: LATER, hasOpenCalls: true })).toBeNull();
  });
  test("with a lead due it is moving", () => {
    expect(reason({}, { nextDueAt: NOW })).toBeNull();
  });
  test("paused says so, scheduled says when", () => {
    expect(reason({ status: "paused" })).toBe("paused by request");
    expect(reason({ status: "scheduled", scheduledStartAt: LATER })).toBe("starts at 2026-05-06T06:30:00.000Z");
  });
  test("a draft and a finished one have nothing to move for, and nothing is looked up", () => {
    for (const status of ["draft", "completed", "failed"] as const) {
      const look = () => {
        throw new Error("looked");
      };
      expect(statusReasonOf({ status, statusReason: null, scheduledStartAt: null }, look, NOW)).toBeNull();
    }
  });
});
