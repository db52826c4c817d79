import { describe, expect, test } from "bun:test";
import { contradictions, type Evidence } from "../../../src/cli/demo/verdict.ts";

const fine: Evidence = {
  leads: [
    { id: "ld_1", status: "completed" },
    { id: "ld_2", status: "dnc_blocked" },
  ],
  byStatus: { completed: 1, dnc_blocked: 1 },
  received: {
    statusByLead: new Map([
      ["ld_1", "completed"],
      ["ld_2", "dnc_blocked"],
    ]),
    events: 2,
    repeats: 0,
    forged: 0,
  },
  inserted: 2,
  notToCall: 1,
};

describe("the verdict", () => {
  test("is empty when everything adds up, deliveries that came twice included", () => {
    expect(contradictions(fine)).toEqual([]);
    expect(contradictions({ ...fine, received: { ...fine.received, repeats: 3 } })).toEqual([]);
  });

  const cases: [sentence: string, change: Partial<Evidence>][] = [
    ["3 leads were added, the list has 2", { inserted: 3 }],
    [
      "1 leads have no final status",
      {
        leads: [
          { id: "ld_1", status: "retry_wait" },
          { id: "ld_2", status: "dnc_blocked" },
        ],
      },
    ],
    ["the report counts 2 leads as completed, the list has 1", { byStatus: { completed: 2, dnc_blocked: 1 } }],
    ["2 numbers were on the do-not-call list, 1 leads were blocked", { notToCall: 2 }],
    ["1 webhooks had a signature that does not fit", { received: { ...fine.received, forged: 1 } }],
    ["2 leads are final, 1 webhooks came", { received: { ...fine.received, events: 1 } }],
    [
      "the webhooks told the status of 1 leads, there are 2",
      {
        received: {
          ...fine.received,
          statusByLead: new Map([
            ["ld_1", "busy"],
            ["ld_2", "dnc_blocked"],
          ]),
        },
      },
    ],
  ];
  test.each(cases)("says: %s", (sentence, change) => {
    expect(contradictions({ ...fine, ...change })).toContain(sentence);
  });
});
