import { describe, expect, test } from "bun:test";
import { readColumns } from "../../../src/leads/upload/columns.ts";
import type { Variables } from "../../../src/leads/variables.ts";

const read = (variables: Variables, needsZone = false) => readColumns(variables, needsZone);

const understood: [what: string, variables: Variables, fields: object][] = [
  ["no such column", { first_name: "Ann", city: "Köln" }, {}],
  ["external_id", { external_id: "crm-17" }, { externalId: "crm-17" }],
  ["externalId", { externalId: "crm-17" }, { externalId: "crm-17" }],
  ["both: the first that has a value", { external_id: " ", externalId: "crm-17" }, { externalId: "crm-17" }],
  ["an external id of 200 characters", { external_id: "x".repeat(200) }, { externalId: "x".repeat(200) }],
  ["priority 0", { priority: "0" }, { priority: 0 }],
  ["priority 100", { priority: " 100 " }, { priority: 100 }],
  ["timezone", { timezone: "Asia/Kolkata " }, { timezone: "Asia/Kolkata" }],
  ["not_before", { not_before: "2026-05-07T09:00:00+05:30" }, { notBefore: Date.UTC(2026, 4, 7, 3, 30) }],
  ["notBefore", { notBefore: "2026-05-07T09:00:00Z" }, { notBefore: Date.UTC(2026, 4, 7, 9) }],
  ["consent", { consent: "form 12, 2026-04-01" }, { consent: '"form 12, 2026-04-01"' }],
];

/** Names that a list may use for something of its own: nothing is read, and nothing is refused. */
const onlyVariables: [what: string, variables: Variables][] = [
  ["an external id of 201 characters", { external_id: "x".repeat(201) }],
  ["a priority in words", { priority: "high" }],
  ["a priority above 100", { priority: "101" }],
  ["a priority below 0", { priority: "-1" }],
  ["a priority with a fraction", { priority: "1.5" }],
  ["a zone that is none", { timezone: "IST+5" }],
  ["an offset for a zone", { timezone: "+05:30" }],
  ["another case", { External_Id: "crm-17", PRIORITY: "5", TimeZone: "Asia/Kolkata", Not_Before: "x" }],
];

describe("what columns say about a lead", () => {
  test.each(understood)("%s", (_, variables, fields) => expect(read(variables)).toEqual(fields));
  test.each(onlyVariables)("%s is a variable and nothing more", (_, variables) => expect(read(variables)).toEqual({}));

  test.each(["tomorrow", "2026-05-07", "2026-05-07T09:00:00", "2026-02-30T09:00:00Z"])(
    "a not_before of '%s' is a bad row: ignored, it would call too early",
    (text) => {
      expect(read({ not_before: text })).toEqual({
        problem: `not_before is '${text}'; it must be an instant with its offset, such as 2026-05-06T11:23:45Z or 2026-05-06T16:53:45+05:30`,
      });
    },
  );

  test("a zone that is none is a bad row where the recipients' own hours are kept", () => {
    expect(read({ timezone: "Mars/Phobos" }, true)).toEqual({
      problem: "timezone is 'Mars/Phobos'; it must be an IANA time zone, such as Asia/Kolkata",
    });
    expect(read({ timezone: "Asia/Kolkata" }, true)).toEqual({ timezone: "Asia/Kolkata" });
    expect(read({ timezone: "" }, true)).toEqual({});
  });

  test("a value is quoted to 40 characters", () => {
    expect(read({ not_before: "x".repeat(50) })).toEqual({ problem: expect.stringContaining(`'${"x".repeat(40)}…'`) });
  });
});
