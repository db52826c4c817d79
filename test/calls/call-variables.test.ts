import { describe, expect, test } from "bun:test";
import { builtInNames, builtInsOf, type CallFacts } from "../../src/calls/call-variables.ts";

const facts: CallFacts = {
  to: "+919876500001",
  from: "+918045678900",
  campaignName: "Spring",
  leadId: "ld_1",
  callId: "call_1",
  attempt: 2,
  timezone: "Asia/Kolkata",
};

describe("builtInsOf", () => {
  test("tells a campaign's call about itself", () => {
    expect(builtInsOf(facts, Date.UTC(2026, 4, 6, 20, 0, 0, 999))).toEqual({
      phone_number: "+919876500001",
      from_number: "+918045678900",
      campaign_name: "Spring",
      lead_id: "ld_1",
      call_id: "call_1",
      attempt: 2,
      now: "2026-05-07T01:30:00+05:30",
      date: "2026-05-07",
    });
  });

  test("a single call has no campaign and no lead", () => {
    expect(builtInsOf({ ...facts, campaignName: undefined, leadId: undefined }, 0)).toMatchObject({ campaign_name: "", lead_id: "" });
  });

  test.each([
    ["UTC", "2026-05-06T20:00:00+00:00", "2026-05-06"],
    ["America/New_York", "2026-05-06T16:00:00-04:00", "2026-05-06"],
    ["Pacific/Kiritimati", "2026-05-07T10:00:00+14:00", "2026-05-07"],
  ])("in %s it is %s", (timezone, now, date) => {
    expect(builtInsOf({ ...facts, timezone }, Date.UTC(2026, 4, 6, 20))).toMatchObject({ now, date });
  });

  test("the names are those that there are", () => expect(Object.keys(builtInsOf(facts, 0))).toEqual([...builtInNames]));
});
