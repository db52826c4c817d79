import { describe, expect, test } from "bun:test";
import { CallEnding } from "../../src/calls/call.ts";
import {
  finalStatuses,
  finalStatusOf,
  isFinal,
  leadStatuses,
  liveStatuses,
  mayMove,
  openStatuses,
  waitingStatuses,
  waitingStatusOf,
} from "../../src/leads/status.ts";

const endings = ["completed", "voicemail", "no_answer", "busy", "failed"];
const moves: Record<string, string[]> = {
  pending: ["dialing", "dnc_blocked"],
  dialing: ["in_progress", "retry_wait", "pending", ...endings],
  in_progress: ["retry_wait", "pending", ...endings],
  retry_wait: ["dialing", "dnc_blocked", ...endings],
  // Back to the queue: by hand, or for a callback.
  ...Object.fromEntries(endings.map((ending) => [ending, ["retry_wait"]])),
  dnc_blocked: ["retry_wait", "pending"],
};

describe("the life of a lead", () => {
  for (const from of leadStatuses) {
    for (const to of leadStatuses) {
      const may = moves[from]?.includes(to) ?? false;
      test(`${from} ${may ? "may" : "may not"} become ${to}`, () => expect(mayMove(from, to)).toBe(may));
    }
  }

  test("every status is waiting, open or final, and only one of them", () => {
    for (const status of leadStatuses) {
      expect([waitingStatuses.includes(status), openStatuses.includes(status), isFinal(status)].filter(Boolean)).toHaveLength(1);
    }
    expect([...waitingStatuses, ...openStatuses].toSorted()).toEqual([...liveStatuses].toSorted());
  });

  test("the machine moves no final lead: it goes back to the queue, and only there", () => {
    expect([...finalStatuses].toSorted()).toEqual(leadStatuses.filter(isFinal).toSorted());
    for (const from of finalStatuses) {
      expect(leadStatuses.filter((to) => mayMove(from, to)).every((to) => waitingStatuses.includes(to))).toBe(true);
    }
  });

  test("every ending of a call is a final status of a lead", () => {
    for (const ending of Object.values(CallEnding)) expect(isFinal(finalStatusOf(ending))).toBe(true);
  });

  test("a lead waits as pending until it has used an attempt", () => {
    expect(waitingStatusOf(0)).toBe("pending");
    expect(waitingStatusOf(1)).toBe("retry_wait");
  });
});
