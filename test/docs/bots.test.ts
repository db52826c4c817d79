// docs/bots.md is held against the program: what a bot may say is understood, what it is told is told.

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { processEnvironment } from "../../src/bots/process-environment.ts";
import { readBotMessage } from "../../src/bots/stream-messages.ts";
import { streamParameters } from "../../src/bots/stream-parameters.ts";
import { connectionTypes } from "../../src/agents/connection.ts";
import { bareLine } from "../../src/calls/bot.ts";
import { plainPlan } from "../support/bot-plan.ts";

const text = readFileSync("docs/bots.md", "utf8");
const messages = text.split("\n").filter((line) => line.startsWith('{ "event"'));
const plan = plainPlan(
  { type: "simulated" },
  {
    call: { id: "call_1", leadId: "ld_1", from: "+15550100001", to: "+15550100002", attempt: 1 },
    line: { ...bareLine, voicemail: { ...bareLine.voicemail, message: "Call us" } },
    outcomeUrl: "http://127.0.0.1/",
    outcomeToken: "oct_1",
  },
);

describe("docs/bots.md", () => {
  test.each(messages)("%s is understood", (message) => expect(readBotMessage(message)).toBeDefined());

  test("has nine messages of a bot", () => expect(messages).toHaveLength(9));

  test.each(Object.keys(streamParameters(plan)))("names the parameter %s", (name) => expect(text).toContain(`\`${name}\``));

  test.each(Object.keys(processEnvironment(plan, 1, {})))("names the variable %s", (name) => expect(text).toContain(`\`${name}\``));

  test.each(connectionTypes)("knows the connection %s", (type) => expect(text).toContain(`| \`${type}\` |`));
});
