// The survey bot of examples/, as a process of its own: what it asks, and what it reports.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type ExampleBot, startExample } from "./support/example-bot.ts";
import { until } from "../support/until.ts";
import { loneCall } from "./support/lone-call.ts";

const reports: { authorization: string | null; body: unknown }[] = [];
const api = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  async fetch(request) {
    reports.push({ authorization: request.headers.get("authorization"), body: await request.json() });
    return Response.json({});
  },
});
let survey: ExampleBot;
beforeAll(async () => void (survey = await startExample("survey-bot", { SURVEY_WAIT_MS: "50" })));
afterAll(async () => {
  await survey.stop();
  await api.stop(true);
});

const cases = [
  { keys: "1", analysis: { success: true, answer: "yes" }, words: [] },
  { keys: "52", analysis: { success: false, answer: "no", next_action: "not_interested" }, words: [] },
  {
    keys: "9",
    analysis: { success: false, answer: "opt_out", next_action: "not_interested" },
    words: [{ type: "opt_out", optOut: { by: "bot", quote: "pressed 9" } }],
  },
  { keys: "", analysis: { success: false, answer: "none", next_action: "callback_later" }, words: [] },
];

describe("the survey bot", () => {
  test.each(cases)(
    "keys '$keys'",
    async ({ keys, analysis, words }) => {
      reports.length = 0;
      const call = loneCall(
        { url: survey.url },
        { outcomeUrl: `http://127.0.0.1:${api.port}/api/calls/call_1/outcome`, outcomeToken: "oct_1" },
      );
      call.bot.start();
      await until("it speaks", () => call.came() > 0);
      let frames = 0;
      const listen = () => {
        if (call.step() !== undefined) frames += 1;
        return frames;
      };
      await until("it has asked", () => listen() >= 5);
      for (const key of keys) call.bot.onDtmf(key);
      await until("it has hung up", () => listen() > 0 && call.ends.length > 0);
      expect(call.ends).toEqual([{ reason: "bot_hung_up" }]);
      expect(reports).toEqual([{ authorization: "Bearer oct_1", body: { analysis } }]);
      expect(call.words).toEqual(words as never);
      // The question lasts 780 ms, and is asked twice of one who does not answer.
      expect(frames > 78).toBe(keys === "");
      call.bot.close();
    },
    20_000,
  );
});
