// /api/settings/analysis: which endpoint reads transcripts, and a key that goes in and never comes out.

import { describe, expect, test } from "bun:test";
import { readStoredAnalysis } from "../../src/settings/store.ts";
import { createNouns, expectRefusal } from "../support/nouns.ts";

const PATH = "/api/settings/analysis";
const SET = { baseUrl: "https://llm.example.com/v1", apiKey: "sk-very-secret", model: "small" };

describe("the endpoint that analyses conversations", () => {
  test("is none on a new appliance", async () => {
    expect(await createNouns().ask("GET", PATH)).toEqual({
      status: 200,
      json: { baseUrl: null, model: "", timeoutSeconds: 30, hasApiKey: false },
    });
  });

  test("is shown without its key; what is left out of a change stays", async () => {
    const { ask, db } = createNouns();
    const shown = { baseUrl: SET.baseUrl, model: "small", timeoutSeconds: 30, hasApiKey: true };
    expect(await ask("PUT", PATH, SET)).toEqual({ status: 200, json: shown });
    expect((await ask("PUT", PATH, { timeoutSeconds: 60 })).json).toEqual({ ...shown, timeoutSeconds: 60 });
    expect(JSON.stringify((await ask("GET", PATH)).json)).not.toContain("sk-very");
    expect(readStoredAnalysis(db)).toEqual({ ...SET, timeoutSeconds: 60 });
    expect((await ask("PUT", PATH, { apiKey: null })).json.hasApiKey).toBe(false);
    expect((await ask("PUT", PATH, { baseUrl: null })).json).toMatchObject({ baseUrl: null, model: "small" });
  });

  test("has the key that was given for it alone: another endpoint needs its own", async () => {
    const { ask, db } = createNouns();
    await ask("PUT", PATH, SET);
    expect((await ask("PUT", PATH, { baseUrl: SET.baseUrl })).json.hasApiKey).toBe(true);
    expect((await ask("PUT", PATH, { baseUrl: "https://other.example.com/v1" })).json.hasApiKey).toBe(false);
    expect(readStoredAnalysis(db).apiKey).toBeNull();
  });

  test.each([
    ["https://llm.example.com/v1/", "https://llm.example.com/v1"],
    ["http://10.0.0.5:8000/v1//", "http://10.0.0.5:8000/v1"],
  ])("%s is kept as %s", async (given, kept) => {
    expect((await createNouns({ checkTarget: () => undefined }).ask("PUT", PATH, { ...SET, baseUrl: given })).json.baseUrl).toBe(kept);
  });

  test.each<[string, object, RegExp]>([
    ["no URL", { ...SET, baseUrl: "llm" }, /^baseUrl is 'llm'; it must be an http:\/\/ or https:\/\/ URL without a query/],
    ["another protocol", { ...SET, baseUrl: "ftp://llm.example.com" }, /^baseUrl is 'ftp:/],
    ["a query", { ...SET, baseUrl: "https://llm.example.com/v1?key=1" }, /without a query/],
    ["a private address", { ...SET, baseUrl: "http://10.0.0.1/v1" }, /OUTDIAL_WEBHOOK_ALLOW/],
    ["no model", { baseUrl: SET.baseUrl }, /^model is empty; it must name the model/],
    ["a blank model", { ...SET, model: " " }, /^model is empty/],
    ["no time", { ...SET, timeoutSeconds: 0 }, /timeoutSeconds: is 0; it must be a whole number from 1 to 60/],
    ["too much time", { ...SET, timeoutSeconds: 61 }, /timeoutSeconds: is 61/],
    ["a key with a line break", { ...SET, apiKey: "sk\r\nx-evil: 1" }, /apiKey: is not valid; it must be 1 to 500 printable/],
    ["an empty key", { ...SET, apiKey: "" }, /apiKey: is not valid/],
    ["an unknown field", { ...SET, url: "x" }, /^url: is not a field here/],
  ])("with %s is refused, and nothing changes", async (_what, change, sentence) => {
    const { ask } = createNouns({
      checkTarget: (url) =>
        url.includes("10.0.0.1") ? "'10.0.0.1' is not on the open internet; list it in OUTDIAL_WEBHOOK_ALLOW" : undefined,
    });
    expectRefusal(await ask("PUT", PATH, change), 400, "validation_failed", sentence);
    expect((await ask("GET", PATH)).json.baseUrl).toBeNull();
  });

  test("is tried on request, once it is set", async () => {
    const { ask } = createNouns();
    expectRefusal(
      await ask("POST", `${PATH}/test`),
      400,
      "validation_failed",
      /^no endpoint is set; set one with PUT \/api\/settings\/analysis first$/,
    );
    await ask("PUT", PATH, SET);
    expect(await ask("POST", `${PATH}/test`)).toEqual({
      status: 200,
      json: { works: true, format: "json_schema", outcome: { next_action: "callback_later" }, error: null, durationMs: 3 },
    });
  });
});
