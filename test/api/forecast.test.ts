// GET /api/campaigns/{id}/forecast.

import { beforeEach, expect, test } from "bun:test";
import { createWholeApi } from "../support/whole-api.ts";
import { insertCampaignRow, insertLeadRows, insertLine, someNumbers, type World } from "../support/world.ts";

let world: World;
beforeEach(() => (world = createWholeApi()));

test("tells the end, the idle hours and who will be left out, before anything began", async () => {
  // 11:00 in Kolkata, the window open until 19:00; five calls of a minute at once.
  const { id } = insertCampaignRow(world, { line: insertLine(world), retryPolicy: { retryOn: [] } });
  const numbers = someNumbers(300);
  insertLeadRows(world, id, numbers);
  await world.request("POST", "/api/campaigns/dnc", { phoneNumber: numbers[0] });
  const { status, body } = await world.request("GET", `/api/campaigns/${id}/forecast`);
  expect(status).toBe(200);
  expect(body).toEqual({
    computedAt: "2026-05-06T05:30:00.000Z",
    expectedEndAt: "2026-05-06T06:30:36.000Z",
    attempts: 299,
    idleHours: 0,
    waiting: 300,
    skipped: [{ reason: "dnc", leads: 1 }],
    notForeseen: [],
    assumed: { callsAtOnce: 5, secondsPerCall: 60, retryShare: 0, basis: "assumption" },
  });
});

test("has promised calls at their time, and retries when they fall due", async () => {
  const { id } = insertCampaignRow(world, { line: insertLine(world), retryPolicy: { retryOn: [] } });
  const [first = "", second = ""] = insertLeadRows(world, id, someNumbers(7));
  await world.request("PATCH", `/api/campaigns/${id}/leads/${first}`, { callbackAt: "2026-05-06T11:00:00Z" });
  expect((await world.request("GET", `/api/campaigns/${id}/forecast`)).body).toMatchObject({
    attempts: 7,
    expectedEndAt: "2026-05-06T11:01:00.000Z",
    idleHours: 5.48,
  });
  // 20:00 in Kolkata: at the next opening.
  await world.request("PATCH", `/api/campaigns/${id}/leads/${second}`, { notBefore: "2026-05-06T14:30:00Z" });
  expect((await world.request("GET", `/api/campaigns/${id}/forecast`)).body).toMatchObject({
    attempts: 7,
    expectedEndAt: "2026-05-07T03:31:00.000Z",
  });
});

test("says of a hook, of limits by number and of a budget that it cannot foresee them", async () => {
  const preDialHook = JSON.stringify({ url: "https://hooks.example/ask?token=secret", timeoutSeconds: 3 });
  const { id } = insertCampaignRow(world, {
    line: insertLine(world),
    preDialHook,
    contactLimits: JSON.stringify([{ attempts: 1, perHours: 24 }]),
    restAfterConversationHours: 24,
  });
  insertLeadRows(world, id, someNumbers(3));
  await world.request("POST", "/api/billing/top-up", { amount: 5 });
  expect((await world.request("GET", `/api/campaigns/${id}/forecast`)).body.notForeseen).toEqual([
    "the preDialHook at hooks.example is asked before each call; whom it will refuse nobody can know, and everybody counts as eligible",
    "calls of other campaigns that are still to come count for contactLimits as well, and may put calls off",
    "restAfterConversationHours may put calls off, after conversations of other campaigns as well",
    "the credit that is left may end before the campaign does",
  ]);
});

test("puts off who was called before, by any campaign, as the contact limits do", async () => {
  const contactLimits = JSON.stringify([{ attempts: 1, perHours: 6 }]);
  const { id } = insertCampaignRow(world, { line: insertLine(world), retryPolicy: { retryOn: [] }, contactLimits });
  const numbers = someNumbers(10);
  insertLeadRows(world, id, numbers);
  const expectedEndAt = async () => (await world.request("GET", `/api/campaigns/${id}/forecast`)).body.expectedEndAt;
  expect(await expectedEndAt()).toBe("2026-05-06T05:32:48.000Z");
  const call = world.db.sqlite.query(
    "INSERT INTO calls (id, boot_id, agent_id, agent_version, phone_number_id, trunk_id, from_number, to_number, attempt, status, placed_at) VALUES (?1, 'b', 'a', 1, 'p', 't', '+1', ?2, 1, 'ended', ?3)",
  );
  numbers.slice(0, 3).forEach((number, index) => call.run(`call_${index}`, number, Date.parse("2026-05-06T05:00:00Z") - index * 60_000));
  call.run("call_old", numbers[9] ?? "", Date.parse("2026-05-05T23:00:00Z"));
  // Two of them at 10:59, the third at 11:00; the seven others at once.
  expect(await expectedEndAt()).toBe("2026-05-06T11:01:00.000Z");
  expect((await world.request("GET", `/api/campaigns/${id}/forecast`)).body).toMatchObject({ attempts: 10, waiting: 10, skipped: [] });
});

test("is bounded by the caps of the numbers and their trunks", async () => {
  const [line, other] = [insertLine(world), insertLine(world, { from: "+14155550101" })];
  const { id } = insertCampaignRow(world, { line, maxConcurrent: 20, phoneNumberIds: JSON.stringify([other.phoneNumberId]) });
  insertLeadRows(world, id, someNumbers(3));
  const atOnce = async () => (await world.request("GET", `/api/campaigns/${id}/forecast`)).body.assumed.callsAtOnce;
  expect(await atOnce()).toBe(20);
  await world.request("PUT", `/api/trunks/${line.trunkId}`, { maxConcurrent: 4 });
  expect(await atOnce()).toBe(20);
  await world.request("PUT", `/api/trunks/${other.trunkId}`, { maxConcurrent: 9 });
  expect(await atOnce()).toBe(13);
  await world.request("PUT", `/api/phone-numbers/${other.phoneNumberId}`, { maxConcurrent: 2 });
  expect(await atOnce()).toBe(6);
});

test("changes nothing", async () => {
  const { id } = insertCampaignRow(world);
  insertLeadRows(world, id, someNumbers(3));
  const before = (await world.request("GET", `/api/campaigns/${id}`)).body;
  await world.request("GET", `/api/campaigns/${id}/forecast`);
  expect((await world.request("GET", `/api/campaigns/${id}`)).body).toEqual(before);
});

test("of an unknown campaign is a 404", async () => {
  expect((await world.request("GET", "/api/campaigns/cmp_none/forecast")).body).toMatchObject({ code: "not_found" });
});
