// What an endpoint's answer becomes: where its JSON stands, and what its values may be dressed as.

import { describe, expect, test } from "bun:test";
import { readAnswer } from "../../src/analysis/answer.ts";
import { readCompletion } from "../../src/analysis/completion.ts";
import { answerFields, jsonSchemaOf } from "../../src/analysis/schema.ts";
import { agentDefaults } from "../../src/agents/draft.ts";

const bare = { ...agentDefaults.postCallAnalysis, enabled: true, enableSummary: false, enableSentiment: false };
const plan = {
  ...bare,
  schema: [
    { name: "budget", type: "number" as const, required: true },
    { name: "plan", type: "enum" as const, enumValues: ["Basic", "Gold Plus"] },
    { name: "wants_demo", type: "boolean" as const },
    { name: "city", type: "string" as const },
  ],
};
const fields = answerFields(plan);
const read = (object: unknown) => readAnswer(JSON.stringify(object), fields);

test("an answer of a fence and blanks, as long as one is read, holds no JSON, and that costs no more than another", () => {
  expect(readAnswer(`\`\`\`json${" ".repeat(1_000_000)}`, fields).problems).toEqual(["it holds no JSON object"]);
});

describe("the fields", () => {
  test("are the agent's own, then the fixed ones as they are enabled", () => {
    const names = (more: object) => answerFields({ ...plan, ...more }).map(({ name }) => name);
    expect(names({})).toEqual(["budget", "plan", "wants_demo", "city", "lead_qualified", "next_action", "callback_at", "opt_out"]);
    expect(names({ enableSummary: true, enableSentiment: true, enableSuccessEvaluation: true }).slice(4, 7)).toEqual([
      "summary",
      "sentiment",
      "success",
    ]);
  });

  test("of the agent's go before a fixed one of the same name", () => {
    const own = answerFields({ ...bare, schema: [{ name: "next_action", type: "string" as const, description: "mine" }] });
    expect(own.filter(({ name }) => name === "next_action")).toMatchObject([{ type: "string", description: "mine" }]);
  });

  test("are a schema of the strict kind: every one is there, null where it need not be known, and no other", () => {
    const schema = jsonSchemaOf(fields) as { required: string[]; properties: Record<string, unknown>; additionalProperties: boolean };
    expect(schema.required).toEqual(fields.map(({ name }) => name));
    expect(schema.additionalProperties).toBe(false);
    expect(schema.properties.budget).toEqual({ type: "number" });
    expect(schema.properties.plan).toEqual({ type: ["string", "null"], enum: ["Basic", "Gold Plus", null] });
    expect(schema.properties.city).toEqual({ type: ["string", "null"] });
    expect(schema.properties.opt_out).toMatchObject({ type: "object", required: ["requested", "quote"], additionalProperties: false });
  });

  test("say what the operator wants to know", () => {
    const described = answerFields({
      ...plan,
      enableSummary: true,
      summaryPrompt: "in Hindi",
      enableSuccessEvaluation: true,
      successCriteria: "a demo is booked",
    });
    expect(described.find(({ name }) => name === "summary")?.description).toBe("in Hindi");
    expect(described.find(({ name }) => name === "success")?.description).toContain("a demo is booked");
  });
});

describe("an answer", () => {
  const good = {
    budget: 7,
    plan: "Basic",
    wants_demo: true,
    city: "Pune",
    lead_qualified: null,
    next_action: "none",
    callback_at: null,
    opt_out: { requested: false, quote: null },
  };

  test("is taken without its nulls and what was not asked for", () => {
    expect(read({ ...good, injected: "x" })).toEqual({
      analysis: { budget: 7, plan: "Basic", wants_demo: true, city: "Pune", next_action: "none", opt_out: { requested: false } },
      problems: [],
      isUsable: true,
    });
  });

  test.each<[string, string]>([
    ["as it is", JSON.stringify(good)],
    ["in a fence", `Here you are:\n\`\`\`json\n${JSON.stringify(good)}\n\`\`\`\nAnything else?`],
    ["in a fence without a name", `\`\`\`\n${JSON.stringify(good)}\n\`\`\``],
    ["among words", `Sure! ${JSON.stringify(good)} Bye.`],
    ["over many lines", JSON.stringify(good, null, 2)],
  ])("is found %s", (_where, text) => expect(readAnswer(text, fields).analysis.budget).toBe(7));

  test.each<[string, unknown, unknown]>([
    ["budget", "12", 12],
    ["budget", " 12.5 ", 12.5],
    ["plan", "gold_plus", "Gold Plus"],
    ["plan", "GOLD PLUS", "Gold Plus"],
    ["wants_demo", "yes", true],
    ["wants_demo", "False", false],
    ["city", 5, "5"],
    ["next_action", "Callback Later", "callback_later"],
    ["opt_out", true, { requested: true }],
    ["opt_out", { requested: "true", quote: "no more" }, { requested: true, quote: "no more" }],
    ["opt_out", { requested: false, quote: "hello" }, { requested: false }],
  ])("%s: %p is taken as %p", (name, value, taken) =>
    expect(read({ ...good, [name]: value })).toMatchObject({ analysis: { [name]: taken }, problems: [] }),
  );

  test.each<[string, unknown, RegExp]>([
    ["plan", "Platinum", /^plan is "Platinum"; it must be one of Basic, Gold Plus, or null$/],
    ["wants_demo", "perhaps", /^wants_demo is "perhaps"; it must be true or false, or null$/],
    ["wants_demo", 1, /^wants_demo is 1;/],
    ["city", { name: "Pune" }, /^city is \{"name":"Pune"\}; it must be a text, or null$/],
    ["opt_out", { quote: "x" }, /^opt_out is /],
    ["opt_out", "maybe", /^opt_out is /],
  ])("%s: %p is wrong, and left out", (name, value, problem) => {
    const { analysis, problems, isUsable } = read({ ...good, [name]: value });
    expect(analysis).not.toHaveProperty(name);
    expect(problems).toEqual([expect.stringMatching(problem)]);
    expect(isUsable).toBe(true);
  });

  test.each<[string, unknown]>([
    ["missing", undefined],
    ["null", null],
    ["a text", "much"],
    ["no number", "NaN"],
    ["a list", [7]],
  ])("without a required field (%s) it is of no use", (_what, budget) => {
    const { problems, isUsable } = read({ ...good, budget });
    expect(isUsable).toBe(false);
    expect(problems).toEqual([expect.stringMatching(/^budget is .*; it must be a number$|^budget is missing; it must be a number$/)]);
  });

  test.each(["", "I cannot do that.", "[1, 2]", '"budget"', "{", "null", "}{"])("that is no object (%p) is none", (text) => {
    expect(readAnswer(text, fields)).toEqual({ analysis: {}, problems: ["it holds no JSON object"], isUsable: false });
  });

  test("that is nested so deep that it could not be written again is none", () => {
    const nested = `{"city":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
    expect(readAnswer(nested, fields)).toEqual({ analysis: {}, problems: ["it holds no JSON object"], isUsable: false });
  });

  test("has texts of 4,000 characters at most", () => {
    expect(String(read({ ...good, city: "x".repeat(9_000) }).analysis.city)).toHaveLength(4_000);
  });
});

describe("an HTTP answer", () => {
  const said = (content: unknown) => ({
    kind: "answer" as const,
    status: 200,
    body: JSON.stringify({ choices: [{ message: { content } }] }),
  });

  test.each<[string, Parameters<typeof readCompletion>[0], boolean, unknown]>([
    ["a completion", said("{}"), true, { kind: "text", text: "{}" }],
    [
      "one in parts",
      said([
        { type: "text", text: "{" },
        { type: "text", text: "}" },
      ]),
      true,
      { kind: "text", text: "{}" },
    ],
    ["400 to a format", { kind: "answer", status: 400 }, true, { kind: "unknown_format" }],
    ["422 to a format", { kind: "answer", status: 422 }, true, { kind: "unknown_format" }],
    [
      "400 without a format",
      { kind: "answer", status: 400, excerpt: "too long" },
      false,
      { kind: "broken", why: "the endpoint answered 400", said: "too long" },
    ],
    ["401", { kind: "answer", status: 401 }, true, { kind: "broken", why: "the endpoint answered 401" }],
    ["500", { kind: "answer", status: 500 }, true, { kind: "broken", why: "the endpoint answered 500" }],
    ["nobody", { kind: "error", error: "ECONNREFUSED" }, true, { kind: "broken", why: "the endpoint was not reached: ECONNREFUSED" }],
    [
      "a page",
      { kind: "answer", status: 200, body: "<html>" },
      true,
      { kind: "broken", why: "the endpoint's answer is no chat completion" },
    ],
    ["no body", { kind: "answer", status: 200 }, true, { kind: "broken", why: "the endpoint's answer is no chat completion" }],
    [
      "no choice",
      { kind: "answer", status: 200, body: '{"choices":[]}' },
      true,
      { kind: "broken", why: "the endpoint's answer is no chat completion" },
    ],
    ["a refusal of the model's", said(null), true, { kind: "broken", why: "the endpoint's answer is no chat completion" }],
  ])("%s", (_what, result, hasFormat, expected) => expect(readCompletion(result, hasFormat)).toMatchObject(expected as object));
});
