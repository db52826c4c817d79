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
    expectedEndAt: "2026-05-06T06:29:48.000Z",
    attempts: 299,
    idleHours: 0,
    waiting: 300,
    skipped: [{ reason: "dnc", leads: 1 }],
    assumed: { callsAtOnce: 5, secondsPerCall: 60, retryShare: 0, basis: "assumption" },
  });
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
