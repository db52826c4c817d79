import { describe, expect, test } from "bun:test";
import { changedLead, type LeadChange, refusalOfChange, requeuedLead } from "../../src/leads/change.ts";
import { type LeadStatus, leadStatuses } from "../../src/leads/status.ts";

const NOW = Date.UTC(2026, 4, 6, 12);
const HOUR = 3_600_000;

type Lead = Parameters<typeof changedLead>[0];

/** A lead that came in an hour ago and was never called, unless told otherwise. */
function lead(more: Partial<Lead> = {}): Lead {
  return {
    phoneNumber: "+919876540486",
    variables: "{}",
    status: "pending",
    priority: 0,
    timezone: null,
    zones: "Asia/Kolkata",
    notBefore: null,
    callbackAt: null,
    consent: null,
    rank: 100,
    dueAt: NOW - HOUR,
    attempts: 0,
    attemptsGranted: 0,
    ...more,
  };
}
const zonesOf = (number: string, timezone: string | null) => `${number} in ${timezone}`;
const change = (of: Lead, by: LeadChange) => changedLead(of, by, zonesOf, NOW);

describe("a change of a lead", () => {
  test("what is absent stays, place in the queue included", () => {
    const before = lead({ priority: 5, rank: 95, timezone: "Asia/Kolkata", notBefore: NOW + HOUR, dueAt: NOW + HOUR, consent: '"x"' });
    const { status: _, attempts: __, ...columns } = before;
    expect(change(before, {})).toEqual(columns);
  });

  test("another priority is another rank, unless a callback was promised", () => {
    expect(change(lead(), { priority: 30 })).toMatchObject({ priority: 30, rank: 70, dueAt: NOW - HOUR });
    expect(change(lead({ callbackAt: NOW + HOUR, rank: 0, dueAt: NOW + HOUR }), { priority: 30 })).toMatchObject({
      priority: 30,
      rank: 0,
      dueAt: NOW + HOUR,
    });
  });

  test("zones are asked for when number or zone are others", () => {
    expect(change(lead(), { phoneNumber: "+919800000000" }).zones).toBe("+919800000000 in null");
    expect(change(lead(), { timezone: "Europe/Paris" }).zones).toBe("+919876540486 in Europe/Paris");
    expect(change(lead({ timezone: "Europe/Paris", zones: "Europe/Paris" }), { timezone: null }).zones).toBe("+919876540486 in null");
    expect(change(lead(), { phoneNumber: "+919876540486", timezone: null, priority: 1 }).zones).toBe("Asia/Kolkata");
  });

  /** Hours from now; the retry of a tried lead is due in two hours. */
  const tried = lead({ status: "retry_wait", dueAt: NOW + 2 * HOUR });
  const due: [what: string, of: Lead, by: LeadChange, hours: number][] = [
    ["a fresh lead that must wait", lead(), { notBefore: NOW + 5 * HOUR }, 5],
    ["a fresh lead with a past notBefore keeps its place", lead(), { notBefore: NOW - 9 * HOUR }, -1],
    ["a fresh lead that waits less", lead({ notBefore: NOW + 5 * HOUR, dueAt: NOW + 5 * HOUR }), { notBefore: NOW + 3 * HOUR }, 3],
    ["a fresh lead that waits no more", lead({ notBefore: NOW + 5 * HOUR, dueAt: NOW + 5 * HOUR }), { notBefore: null }, 0],
    ["a retry that must wait longer", tried, { notBefore: NOW + 5 * HOUR }, 5],
    ["a retry that is later than notBefore", tried, { notBefore: NOW + HOUR }, 2],
    ["a callback", lead(), { callbackAt: NOW + 4 * HOUR }, 4],
    ["a callback before a retry would be due", tried, { callbackAt: NOW + HOUR }, 1],
    ["a callback before notBefore", lead({ notBefore: NOW + 5 * HOUR, dueAt: NOW + 5 * HOUR }), { callbackAt: NOW + 4 * HOUR }, 5],
    ["a callback that is put off", lead({ callbackAt: NOW + HOUR, dueAt: NOW + HOUR }), { callbackAt: NOW + 4 * HOUR }, 4],
    [
      "a callback that is taken back from a fresh lead",
      lead({ callbackAt: NOW + 4 * HOUR, dueAt: NOW + 4 * HOUR }),
      { callbackAt: null },
      0,
    ],
    [
      "a callback that is taken back from a lead that was called",
      lead({ status: "retry_wait", callbackAt: NOW + 4 * HOUR, dueAt: NOW + 4 * HOUR }),
      { callbackAt: null },
      4,
    ],
    ["a final lead waits for nothing", lead({ status: "completed" }), { notBefore: NOW + 5 * HOUR }, -1],
  ];
  test.each(due)("%s", (_, of, by, hours) => expect((change(of, by).dueAt - NOW) / HOUR).toBe(hours));

  test("a callback grants an attempt beyond those that were used; nothing else does, and taking it back does not take it", () => {
    const tried = lead({ status: "retry_wait", attempts: 3, attemptsGranted: 2 });
    expect(change(tried, { callbackAt: NOW }).attemptsGranted).toBe(4);
    expect(change(tried, { priority: 1, notBefore: NOW }).attemptsGranted).toBe(2);
    expect(change({ ...tried, callbackAt: NOW, attemptsGranted: 4 }, { callbackAt: null }).attemptsGranted).toBe(4);
  });

  test("taking a callback back gives the lead its rank again", () => {
    expect(change(lead({ priority: 40, rank: 0, callbackAt: NOW, dueAt: NOW }), { callbackAt: null })).toMatchObject({
      callbackAt: null,
      rank: 60,
    });
  });
});

describe("a change is refused", () => {
  const inCall: readonly LeadStatus[] = ["dialing", "in_progress"];
  for (const status of leadStatuses) {
    test(`${inCall.includes(status) ? "" : "not "}while the lead is ${status}`, () => {
      expect(refusalOfChange(lead({ status }), { priority: 1 })).toBe(
        inCall.includes(status) ? `the lead is ${status}; it can be changed once its call is over` : undefined,
      );
    });
    test(`of the number ${status === "pending" ? "never" : ""} while the lead is ${status}`, () => {
      expect(refusalOfChange(lead({ status }), { phoneNumber: "+919800000000" }) === undefined).toBe(status === "pending");
    });
  }

  test("of the number in words, and not when the number is the same", () => {
    expect(refusalOfChange(lead({ status: "busy" }), { phoneNumber: "+919800000000" })).toBe(
      "the lead is busy: its number +919876540486 stays, because its story is about that number; add the other one as a lead of its own",
    );
    expect(refusalOfChange(lead({ status: "busy" }), { phoneNumber: "+919876540486" })).toBeUndefined();
  });
});

describe("a final lead that is called again", () => {
  test("is due now, with the rank of its priority; it waits where a lead with its attempts waits", () => {
    expect(requeuedLead({ attempts: 3, priority: 10, notBefore: null }, null, NOW)).toEqual({
      status: "retry_wait",
      callbackAt: null,
      rank: 90,
      dueAt: NOW,
      attemptsGranted: 4,
    });
    expect(requeuedLead({ attempts: 0, priority: 0, notBefore: null }, null, NOW)).toMatchObject({ status: "pending" });
  });

  test("by a callback is due then and goes first", () => {
    expect(requeuedLead({ attempts: 1, priority: 10, notBefore: null }, NOW + HOUR, NOW)).toEqual({
      status: "retry_wait",
      callbackAt: NOW + HOUR,
      rank: 0,
      dueAt: NOW + HOUR,
      attemptsGranted: 2,
    });
  });

  test("is never due before its notBefore", () => {
    expect(requeuedLead({ attempts: 1, priority: 0, notBefore: NOW + 2 * HOUR }, NOW + HOUR, NOW).dueAt).toBe(NOW + 2 * HOUR);
    expect(requeuedLead({ attempts: 1, priority: 0, notBefore: NOW + 2 * HOUR }, null, NOW).dueAt).toBe(NOW + 2 * HOUR);
  });
});
