import { describe, expect, test } from "bun:test";
import { streamOrder } from "../../src/bots/stream-order.ts";
import { twilioSignature } from "../../src/bots/twilio-signature.ts";
import { bareLine } from "../../src/calls/bot.ts";
import { seededRandom } from "../../src/runtime/random.ts";
import { plainPlan } from "../support/bot-plan.ts";

const url = "ws://bots.example.com/stream?agent=7";
const account = { accountSid: "AC0123", callSid: "CA4567", authToken: "secret" };

describe("the stream that a bot is handed", () => {
  test("tells every variable as text, and what we know of the call", () => {
    const plan = plainPlan(
      { type: "stream", url },
      {
        systemPrompt: "Be kind.",
        welcomeMessage: "Hello Ann",
        variables: { name: "Ann", age: 41, tags: ["a"], nothing: null, call_id: "a variable does not win" },
        call: { id: "call_9", leadId: "ld_4", from: "+15550100001", to: "+15550100002", attempt: 2 },
        outcomeUrl: "http://127.0.0.1:8080/api/calls/call_9/outcome",
        outcomeToken: "token",
        line: { ...bareLine, voicemail: { ...bareLine.voicemail, message: "Call us back" } },
      },
    );
    expect(streamOrder(plan, { url }, seededRandom(1)).parameters).toEqual({
      name: "Ann",
      age: "41",
      tags: '["a"]',
      nothing: "",
      system_prompt: "Be kind.",
      welcome_message: "Hello Ann",
      from_number: "+15550100001",
      to_number: "+15550100002",
      call_id: "call_9",
      lead_id: "ld_4",
      attempt: "2",
      outcome_url: "http://127.0.0.1:8080/api/calls/call_9/outcome",
      outcome_token: "token",
      voicemail_message: "Call us back",
    });
  });

  test("leaves out what there is not", () => {
    expect(Object.keys(streamOrder(plainPlan(), { url }, seededRandom(1)).parameters).sort()).toEqual([
      "attempt",
      "call_id",
      "from_number",
      "system_prompt",
      "to_number",
      "welcome_message",
    ]);
  });

  test("parameters of the one who hands it over win", () => {
    expect(streamOrder(plainPlan(), { url, parameters: { attempt: "mine" } }, seededRandom(1)).parameters.attempt).toBe("mine");
  });

  test("is signed for exactly its address with the agent's token", () => {
    const { headers, ids } = streamOrder(plainPlan({ type: "stream", url }, { account }), { url }, seededRandom(1));
    expect(headers).toEqual({ "X-Twilio-Signature": twilioSignature("secret", url) });
    expect(ids).toEqual({
      accountSid: "AC0123",
      callSid: "CA4567",
      streamSid: expect.stringMatching(/^MZ[0-9a-f]{32}$/) as unknown as string,
    });
  });

  test("without an account it has ids of the right shape and no signature", () => {
    const { headers, ids } = streamOrder(plainPlan(), { url }, seededRandom(1));
    expect(headers).toEqual({});
    expect([ids.streamSid, ids.accountSid, ids.callSid].join(" ")).toMatch(/^MZ[0-9a-f]{32} AC0{32} CA[0-9a-f]{32}$/);
  });
});
