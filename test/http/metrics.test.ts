// GET /metrics: figures for Prometheus.

import { expect, test } from "bun:test";
import { createWholeApi } from "../support/whole-api.ts";
import { insertCampaignRow, insertLeadRows, someNumbers } from "../support/world.ts";

test("counts what there is, in Prometheus' text format, and needs no key", async () => {
  const world = createWholeApi();
  const { id } = insertCampaignRow(world);
  insertLeadRows(world, id, someNumbers(3));
  await world.request("POST", "/api/campaigns/dnc", { phoneNumber: "+919876543210" });
  world.clock.advance(61_500);
  const response = await world.api.handle(new Request("http://localhost/metrics"));
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
  const text = await response.text();
  const lines = text.split("\n").filter((line) => !line.startsWith("#"));
  expect(lines).toEqual([
    'outdial_build_info{version="0.1.0"} 1',
    "outdial_uptime_seconds 61",
    "outdial_memory_bytes 50000000",
    'outdial_campaigns{status="draft"} 1',
    'outdial_leads{status="pending"} 3',
    "outdial_dnc_entries 1",
    "outdial_webhooks_pending 0",
    "",
  ]);
  // Every figure is announced before it is given, once.
  const announced = text
    .split("\n")
    .filter((line) => line.startsWith("# TYPE"))
    .map((line) => line.split(" ")[2]);
  expect(new Set(announced).size).toBe(announced.length);
  expect(lines.filter(Boolean).every((line) => announced.includes(line.split(/[{ ]/)[0]))).toBe(true);
});

test("tells no number, no name and no key", async () => {
  const world = createWholeApi();
  insertCampaignRow(world, { name: "Secret plan" });
  const text = await (await world.api.handle(new Request("http://localhost/metrics"))).text();
  expect(text).not.toContain("Secret plan");
  expect(text).not.toMatch(/\+\d{7,}/);
});
