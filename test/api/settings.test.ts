// /api/settings/webhook: where events go by default, and the secrets that sign them.

import { describe, expect, test } from "bun:test";
import type { Role } from "../../src/http/door/roles.ts";
import { HOUR } from "../../src/runtime/clock.ts";
import { liveSecrets, readWebhookSettings } from "../../src/settings/store.ts";
import { unchosenEvents, webhookEvents } from "../../src/webhooks/events/event.ts";
import { createNouns, expectRefusal } from "../support/nouns.ts";

const DAY = 24 * HOUR;
const PATH = "/api/settings/webhook";

describe("the webhook settings", () => {
  test("a new appliance sends nothing anywhere, and would send every event", async () => {
    const { ask, db, clock } = createNouns();
    expect(await ask("GET", PATH)).toEqual({ status: 200, json: { url: null, events: [...unchosenEvents], hasSecret: false } });
    expect(readWebhookSettings(db)).toEqual({ url: null, events: unchosenEvents });
    expect(liveSecrets(db, clock.now())).toEqual([]);
  });

  test("what is left out of a change stays; null clears the URL and chooses every event", async () => {
    const { ask, db } = createNouns();
    await ask("PUT", PATH, { url: "https://crm.example.com/hook", secret: "a long enough secret" });
    expect((await ask("PUT", PATH, { events: ["campaign.lead_completed"] })).json).toEqual({
      url: "https://crm.example.com/hook",
      events: ["campaign.lead_completed"],
      hasSecret: true,
      secretHint: "…cret",
    });
    expect(readWebhookSettings(db)).toEqual({ url: "https://crm.example.com/hook", events: ["campaign.lead_completed"] });
    expect((await ask("PUT", PATH, { url: null, events: null })).json).toMatchObject({
      url: null,
      events: [...webhookEvents],
      hasSecret: true,
    });
    expect((await ask("GET", PATH)).json).toMatchObject({ url: null, hasSecret: true });
  });

  const wrong: [string, object, RegExp][] = [
    ["a URL that is none", { url: "crm" }, /url is 'crm'; it must be an http:\/\/ or https:\/\/ URL, or null/],
    ["a URL of another protocol", { url: "ftp://crm.example.com" }, /must be an http/],
    ["an empty URL", { url: "" }, /must be an http/],
    ["a URL that is a number", { url: 5 }, /url: is 5/],
    ["a target that may not be reached", { url: "http://10.0.0.1/" }, /10\.0\.0\.1 is private/],
    ["an unknown event", { events: ["call.ringing"] }, /events\.0: is "call\.ringing"/],
    ["the same event twice", { events: ["call.started", "call.started"] }, /events: /],
    ["no event", { events: [] }, /events: /],
    ["a secret of 15 characters", { secret: "x".repeat(15) }, /secret: is not valid; it must be 16 to 256 printable ASCII characters/],
    ["a secret of 257 characters", { secret: "x".repeat(257) }, /secret: is not valid/],
    ["a secret with a line break", { secret: "0123456789abcdef\n" }, /secret: is not valid/],
    ["two ways to a secret", { secret: "0123456789abcdef", generateSecret: true }, /generateSecret and secret are both given/],
    [
      "an unknown field",
      { webhookUrl: "https://x" },
      /webhookUrl: is not a field here; the fields are url, events, secret, generateSecret/,
    ],
  ];
  test.each(wrong)("%s is refused, and nothing changes", async (_, change, sentence) => {
    const { ask } = createNouns({
      checkTarget: (url) => (url.includes("10.0.0.1") ? "10.0.0.1 is private; list it in OUTDIAL_WEBHOOK_ALLOW" : undefined),
    });
    await ask("PUT", PATH, { url: "https://crm.example.com/hook" });
    const before = (await ask("GET", PATH)).json;
    expectRefusal(await ask("PUT", PATH, change), 400, "validation_failed", sentence);
    expect((await ask("GET", PATH)).json).toEqual(before);
  });

  test("an empty body is refused", async () => {
    expectRefusal(await createNouns().ask("PUT", PATH), 400, "validation_failed", /body is empty/);
  });
});

describe("the signing secret", () => {
  test.each(["x".repeat(16), "x".repeat(256), "with blanks inside it!"])("'%s' is taken", async (secret) => {
    const { ask, db, clock } = createNouns();
    const { status, json } = await ask("PUT", PATH, { secret });
    expect(status).toBe(200);
    expect(json).not.toHaveProperty("secret");
    expect(liveSecrets(db, clock.now())).toEqual([secret]);
  });

  test("a generated one is shown once, in the answer that made it", async () => {
    const { ask, db, clock } = createNouns();
    const { json } = await ask("PUT", PATH, { generateSecret: true });
    expect(json.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(Buffer.from(json.secret.slice(6), "base64")).toHaveLength(32);
    expect(liveSecrets(db, clock.now())).toEqual([json.secret]);
    expect(JSON.stringify((await ask("GET", PATH)).json)).not.toContain(json.secret);
    expect(JSON.stringify((await ask("PUT", PATH, { url: null, generateSecret: false })).json)).not.toContain(json.secret);
    expect((await ask("PUT", PATH, { generateSecret: true })).json.secret).not.toBe(json.secret);
  });

  test("after a change both sign for 24 hours, then the new one alone", async () => {
    const { ask, db, clock } = createNouns();
    await ask("PUT", PATH, { secret: "the first secret" });
    const { json } = await ask("PUT", PATH, { secret: "the second secret" });
    expect(json).toMatchObject({ hasSecret: true, previousSecretValidUntil: "2026-05-07T05:30:00.000Z" });
    clock.advance(DAY - 1);
    expect(liveSecrets(db, clock.now())).toEqual(["the second secret", "the first secret"]);
    clock.advance(1);
    expect(liveSecrets(db, clock.now())).toEqual(["the second secret"]);
    expect((await ask("GET", PATH)).json).not.toHaveProperty("previousSecretValidUntil");
  });

  test("null removes it and the one before it, at once", async () => {
    const { ask, db, clock } = createNouns();
    await ask("PUT", PATH, { secret: "the first secret" });
    await ask("PUT", PATH, { secret: "the second secret" });
    expect((await ask("PUT", PATH, { secret: null })).json).toEqual({ url: null, events: [...unchosenEvents], hasSecret: false });
    expect(liveSecrets(db, clock.now())).toEqual([]);
    expect(db.sqlite.query("SELECT value FROM settings").get()).not.toMatchObject({ value: expect.stringContaining('secret"') });
  });
});

describe("the test event", () => {
  test("goes to the URL that is set, and what came back is passed on", async () => {
    const sent: string[] = [];
    const result = { delivered: false, status: 503, error: "the receiver answered 503", durationMs: 12 };
    const { ask } = createNouns({ sendTest: async (url) => (sent.push(url), result) });
    await ask("PUT", PATH, { url: "https://crm.example.com/hook" });
    expect(await ask("POST", `${PATH}/test`)).toEqual({ status: 200, json: result });
    expect(sent).toEqual(["https://crm.example.com/hook"]);
  });

  test("without a URL it is refused, and nothing is sent", async () => {
    const sent: string[] = [];
    const { ask } = createNouns({
      sendTest: async (url) => (sent.push(url), { delivered: true, status: 200, error: null, durationMs: 1 }),
    });
    expectRefusal(await ask("POST", `${PATH}/test`), 400, "validation_failed", /no webhook URL is set; set one with PUT/);
    expect(sent).toEqual([]);
  });
});

describe("who may do what with the settings", () => {
  const table: [string, string, object | undefined, Role | null, number][] = [
    ["GET", PATH, undefined, null, 401],
    ["GET", PATH, undefined, "read", 403],
    ["GET", PATH, undefined, "operator", 403],
    ["GET", PATH, undefined, "admin", 200],
    ["PUT", PATH, { url: null }, "operator", 403],
    ["POST", `${PATH}/test`, undefined, "operator", 403],
  ];
  test.each(table)("%s %s with %p as %p: %d", async (method, path, body, role, status) => {
    expect((await createNouns().ask(method, path, body, role)).status).toBe(status);
  });
});
