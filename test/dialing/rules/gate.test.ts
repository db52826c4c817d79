import { describe, expect, test } from "bun:test";
import { campaignStatuses, CampaignStatus } from "../../../src/campaigns/lifecycle.ts";
import {
  type CampaignFacts,
  gateCampaign,
  gateLead,
  gateWindow,
  gateShort,
  refusalOfSingle,
  type SingleFacts,
} from "../../../src/dialing/rules/gate.ts";

const NOW = 1_000_000;
const running: CampaignFacts = { status: "running", endAt: null };

describe("gateCampaign", () => {
  test("dials while the campaign runs, is not over, and its trunk is not held", () => {
    expect(gateCampaign(running, NOW)).toEqual({ kind: "dial" });
    expect(gateCampaign({ ...running, endAt: NOW + 1 }, NOW)).toEqual({ kind: "dial" });
  });

  test.each(campaignStatuses.filter((status) => status !== CampaignStatus.running))("holds a campaign that is %s", (status) => {
    expect(gateCampaign({ ...running, status }, NOW)).toEqual({ kind: "hold", reason: "campaign_not_running" });
  });

  test.each([NOW, NOW - 1])("holds from the end time on (%d)", (endAt) => {
    expect(gateCampaign({ ...running, endAt }, NOW)).toEqual({ kind: "hold", reason: "campaign_over" });
  });

  test("holds while the trunk is held", () => {
    expect(gateCampaign({ ...running, trunkHeldUntil: NOW + 30_000 }, NOW)).toEqual({
      kind: "hold",
      reason: "trunk_held",
      until: NOW + 30_000,
    });
  });
});

describe("gateWindow", () => {
  const facts = (window: { open: boolean; closesAt?: number; opensAt?: number }, zones = "Asia/Kolkata") => ({
    zones,
    window,
    ringTimeoutMs: 45_000,
  });

  test("dials in an open window that is long enough to ring, or never closes", () => {
    expect(gateWindow(facts({ open: true, closesAt: NOW + 60_000 }), NOW)).toEqual({ kind: "dial" });
    expect(gateWindow(facts({ open: true }), NOW)).toEqual({ kind: "dial" });
  });

  test("holds outside the window until it opens", () => {
    expect(gateWindow(facts({ open: false, opensAt: NOW + 5 }), NOW)).toEqual({ kind: "hold", reason: "window_closed", until: NOW + 5 });
    expect(gateWindow(facts({ open: false }), NOW)).toEqual({ kind: "hold", reason: "window_closed" });
    expect(gateWindow(facts({ open: false, opensAt: NOW + 5 }, "?"), NOW)).toEqual({
      kind: "hold",
      reason: "window_closed",
      until: NOW + 5,
    });
  });

  test("holds for good where nothing is known of the person's zone", () => {
    expect(gateWindow(facts({ open: false }, "?"), NOW)).toEqual({ kind: "hold", reason: "zone_unknown" });
  });

  test.each([
    [45_000, "dial"],
    [44_999, "hold"],
    [0, "hold"],
  ] as const)("with %d ms left of the window and a ring timeout of 45 s: %s", (left, kind) => {
    const decision = gateWindow(facts({ open: true, closesAt: NOW + left }), NOW);
    expect(decision.kind).toBe(kind);
    if (decision.kind === "hold") expect(decision).toEqual({ kind: "hold", reason: "window_too_short_to_ring", until: NOW + left });
  });
});

const covered = { needed: 5, balance: 5, reserved: 0 };
const later = { needed: 5, balance: 4, reserved: 1 };
const never = { needed: 5, balance: 4, reserved: 0 };

describe("gateLead", () => {
  test.each([
    [{ onDnc: false, numberInCall: false }, { kind: "dial" }],
    [
      { onDnc: true, numberInCall: false },
      { kind: "block", reason: "dnc" },
    ],
    [
      { onDnc: true, numberInCall: true },
      { kind: "block", reason: "dnc" },
    ],
    [
      { onDnc: false, numberInCall: true },
      { kind: "wait", until: NOW + 10_000, reason: "number_in_call" },
    ],
    [{ onDnc: false, numberInCall: false, attemptsLeft: 1 }, { kind: "dial" }],
    [
      { onDnc: false, numberInCall: true, attemptsLeft: 0 },
      { kind: "end", reason: "attempts_used" },
    ],
    [
      { onDnc: false, numberInCall: false, attemptsLeft: -1 },
      { kind: "end", reason: "attempts_used" },
    ],
    [
      { onDnc: true, numberInCall: false, attemptsLeft: 0 },
      { kind: "block", reason: "dnc" },
    ],
    [
      { onDnc: false, numberInCall: false, contactAllowedAt: NOW + 7 },
      { kind: "wait", until: NOW + 7, reason: "contact_limit" },
    ],
    [
      { onDnc: false, numberInCall: false, restEndsAt: NOW + 9 },
      { kind: "wait", until: NOW + 9, reason: "rest_after_conversation" },
    ],
    [
      { onDnc: false, numberInCall: false, restEndsAt: NOW + 9, contactAllowedAt: NOW + 7 },
      { kind: "wait", until: NOW + 9, reason: "rest_after_conversation" },
    ],
    [
      { onDnc: true, numberInCall: false, contactAllowedAt: NOW + 7 },
      { kind: "block", reason: "dnc" },
    ],
    // What a person asked for stands above the rest, and above nothing else.
    [{ onDnc: false, numberInCall: false, restEndsAt: NOW + 9, isPromised: true }, { kind: "dial" }],
    [
      { onDnc: false, numberInCall: false, restEndsAt: NOW + 9, isPromised: false },
      { kind: "wait", until: NOW + 9, reason: "rest_after_conversation" },
    ],
    [
      { onDnc: false, numberInCall: false, restEndsAt: NOW + 9, contactAllowedAt: NOW + 7, isPromised: true },
      { kind: "wait", until: NOW + 7, reason: "contact_limit" },
    ],
    [
      { onDnc: true, numberInCall: false, isPromised: true },
      { kind: "block", reason: "dnc" },
    ],
    [
      { onDnc: false, numberInCall: true, isPromised: true },
      { kind: "wait", until: NOW + 10_000, reason: "number_in_call" },
    ],
    [
      { onDnc: false, numberInCall: false, isPromised: true, attemptsLeft: 0 },
      { kind: "end", reason: "attempts_used" },
    ],
    [
      { onDnc: false, numberInCall: false, isPromised: true, preDial: "unasked" },
      { kind: "hold", reason: "pre_dial_unasked" },
    ],
    [
      { onDnc: false, numberInCall: false, isLineBusy: true },
      { kind: "hold", reason: "line_busy" },
    ],
    [{ onDnc: false, numberInCall: false, isLineBusy: false }, { kind: "dial" }],
    [
      { onDnc: false, numberInCall: false, isLineBusy: true, credit: never, preDial: "unasked" },
      { kind: "hold", reason: "line_busy" },
    ],
    [
      { onDnc: false, numberInCall: false, isLineBusy: true, contactAllowedAt: NOW + 7 },
      { kind: "wait", until: NOW + 7, reason: "contact_limit" },
    ],
    [{ onDnc: false, numberInCall: false, credit: covered }, { kind: "dial" }],
    [
      { onDnc: false, numberInCall: false, credit: later },
      { kind: "hold", reason: "insufficient_credits" },
    ],
    [
      { onDnc: false, numberInCall: false, credit: never },
      { kind: "hold", reason: "insufficient_credits" },
    ],
    [{ onDnc: false, numberInCall: false, preDial: "eligible" }, { kind: "dial" }],
    [
      { onDnc: false, numberInCall: false, preDial: "unasked" },
      { kind: "hold", reason: "pre_dial_unasked" },
    ],
    [
      { onDnc: false, numberInCall: false, preDial: { refused: "no", isFault: false } },
      { kind: "wait", until: NOW + 15 * 60_000, reason: "pre_dial_refused" },
    ],
    [
      { onDnc: false, numberInCall: false, preDial: { refused: "no", isFault: false, until: NOW + 1 } },
      { kind: "wait", until: NOW + 1, reason: "pre_dial_refused" },
    ],
    [
      { onDnc: false, numberInCall: false, preDial: { refused: "no", isFault: false, until: NOW } },
      { kind: "wait", until: NOW + 15 * 60_000, reason: "pre_dial_refused" },
    ],
    [
      { onDnc: false, numberInCall: false, preDial: { refused: "it answered 500", isFault: true } },
      { kind: "wait", until: NOW + 60_000, reason: "pre_dial_refused" },
    ],
    [
      { onDnc: true, numberInCall: false, preDial: "eligible" },
      { kind: "block", reason: "dnc" },
    ],
    [
      { onDnc: false, numberInCall: true, preDial: "eligible" },
      { kind: "wait", until: NOW + 10_000, reason: "number_in_call" },
    ],
    [
      { onDnc: false, numberInCall: false, credit: later, preDial: "eligible" },
      { kind: "hold", reason: "insufficient_credits" },
    ],
    [
      { onDnc: true, numberInCall: false, credit: never },
      { kind: "block", reason: "dnc" },
    ],
    [
      { onDnc: false, numberInCall: true, credit: never },
      { kind: "wait", until: NOW + 10_000, reason: "number_in_call" },
    ],
  ] as const)("%o → %o", (facts, decision) => {
    expect(gateLead(facts, NOW)).toEqual(decision);
  });
});

describe("gateShort", () => {
  test.each([
    [covered, false, "hold"],
    [later, false, "hold"],
    [never, true, "hold"],
    [never, false, "pause"],
  ] as const)("with %o for its cheapest lead and open calls %p: %s", (credit, hasOpenCalls, kind) => {
    expect(gateShort({ credit, hasOpenCalls })).toEqual({ kind, reason: "insufficient_credits" });
  });
});

describe("refusalOfSingle", () => {
  const free: SingleFacts = {
    onDnc: false,
    prefixAllowed: true,
    numberInCall: false,
    botFreeSlots: Infinity,
    freeSlots: 1,
    trunkFreeSlots: 1,
    trunkFreeStarts: 1,
  };

  test("lets a call through when nothing forbids it", () => {
    expect(refusalOfSingle(free)).toBeUndefined();
    expect(refusalOfSingle({ ...free, trunkFreeSlots: Infinity, trunkFreeStarts: Infinity })).toBeUndefined();
  });

  // In the order in which they are looked at: each is also there in the rows above it.
  const forbidding: [string, Partial<SingleFacts>][] = [
    ["dnc", { onDnc: true }],
    ["prefix_not_allowed", { prefixAllowed: false }],
    ["number_in_call", { numberInCall: true }],
    ["no_credits", { credit: later }],
    ["trunk_held", { trunkHeldUntil: NOW + 1 }],
    ["bot_held", { botHeldUntil: NOW + 1 }],
    ["cap", { freeSlots: 0 }],
    ["trunk_cap", { trunkFreeSlots: 0 }],
    ["trunk_rate", { trunkFreeStarts: 0 }],
  ];
  test.each(forbidding)("%s forbids it", (refusal, facts) => {
    expect(refusalOfSingle({ ...free, ...facts })).toBe(refusal as ReturnType<typeof refusalOfSingle>);
    const laterToo = forbidding
      .slice(forbidding.findIndex(([name]) => name === refusal))
      .reduce((all, [, more]) => ({ ...all, ...more }), free);
    expect(refusalOfSingle(laterToo)).toBe(refusal as ReturnType<typeof refusalOfSingle>);
  });

  test("credit that covers the call lets it through", () => {
    expect(refusalOfSingle({ ...free, credit: covered })).toBeUndefined();
    expect(refusalOfSingle({ ...free, credit: never })).toBe("no_credits");
  });

  test.each([[-1], [0]])("%d free slots are none", (freeSlots) => {
    expect(refusalOfSingle({ ...free, freeSlots })).toBe("cap");
    expect(refusalOfSingle({ ...free, trunkFreeSlots: freeSlots })).toBe("trunk_cap");
  });
});
