import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { botHeaders } from "../../../src/sip/beside/bot-headers.ts";
import { plainPlan } from "../../support/bot-plan.ts";

const headersOf = (variables: Record<string, unknown>, more: object = {}) => botHeaders(plainPlan(undefined, { variables, ...more }));
const valueOf = (name: string, variables: Record<string, unknown>) => headersOf(variables).headers.find(([header]) => header === name)?.[1];

describe("the headers of a bot behind SIP", () => {
  test("name the call, its number and its lead, and where the outcome goes", () => {
    const call = { id: "call_7", leadId: "ld_7", from: "+15550100001", to: "+15550100002", attempt: 2 };
    const { headers } = headersOf({}, { call, outcomeUrl: "https://o.example/api/calls/call_7/outcome", outcomeToken: "oct_1" });
    expect(headers).toEqual([
      ["X-Call-ID", "call_7"],
      ["X-Lead-ID", "ld_7"],
      ["X-From-Number", "+15550100001"],
      ["X-To-Number", "+15550100002"],
      ["X-Attempt", "2"],
      ["X-Outcome-URL", "https://o.example/api/calls/call_7/outcome"],
      ["X-Outcome-Token", "oct_1"],
    ]);
  });

  test.each<[string, unknown, string, string | undefined]>([
    ["first_name", "Zoë", "X-first-name", "Zoë"],
    ["order no.", 7, "X-order-no-", "7"],
    ["paid", false, "X-paid", "false"],
    ["user", { email: "a@b.example" }, "X-user", '{"email":"a@b.example"}'],
    ["note", "two\r\nlines: Via: x", "X-note", "two lines: Via: x"],
    ["tab", "a\tb\u0000c", "X-tab", "a b c"],
    ["empty", "", "X-empty", undefined],
    ["nothing", null, "X-nothing", undefined],
  ])("the variable %s of %j is %s: %s", (name, value, header, expected) => {
    expect(valueOf(header, { [name]: value })).toBe(expected as string);
  });

  test("no variable can pretend to be another call, however it is spelt", () => {
    const { headers, leftOut } = headersOf({ "call id": "call_2", "CALL-ID": "call_3" });
    expect(headers.filter(([name]) => name.toLowerCase() === "x-call-id")).toEqual([["X-Call-ID", "call_1"]]);
    expect(leftOut).toEqual(["call id", "CALL-ID"]);
  });

  test("the prompt goes where it fits, whole or not at all", () => {
    expect(headersOf({}, { systemPrompt: "Be kind.\nBe brief.", welcomeMessage: "Hello" }).headers.slice(-2)).toEqual([
      ["X-Welcome-Message", "Hello"],
      ["X-System-Prompt", "Be kind. Be brief."],
    ]);
    const long = headersOf({}, { systemPrompt: "x".repeat(1_007) });
    expect([long.headers.some(([name]) => name === "X-System-Prompt"), long.leftOut]).toEqual([false, ["System-Prompt"]]);
  });

  test("whatever the variables hold, each header is one line under 1,024 bytes, its name a token, and all of them are bounded", () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ unit: "grapheme", maxLength: 90 }),
          fc.oneof(fc.string({ unit: "binary", maxLength: 1_400 }), fc.integer(), fc.object()),
          { maxKeys: 80 },
        ),
        (variables) => {
          const { headers } = headersOf(variables);
          let bytes = 0;
          for (const [name, value] of headers) {
            expect(name).toMatch(/^X-[A-Za-z0-9-]*$/);
            expect(value).not.toMatch(/[\r\n\0]/);
            expect(Buffer.byteLength(`${name}: ${value}`)).toBeLessThan(1_024);
            bytes += Buffer.byteLength(`${name}: ${value}`);
          }
          expect(new Set(headers.map(([name]) => name.toLowerCase())).size).toBe(headers.length);
          expect(headers.length).toBeLessThanOrEqual(60);
          expect(bytes).toBeLessThanOrEqual(8_192);
        },
      ),
      { numRuns: 100 },
    );
  });
});
