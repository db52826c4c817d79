// A signal in the middle of calls, on the compiled program.

import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Served, spawnServe, temporaryFolder, until } from "../support/binary.ts";
import { numbersEnding, startCampaign } from "../support/campaign-by-http.ts";

const folders: { remove(): void }[] = [];
afterAll(() => folders.forEach((folder) => folder.remove()));

/** A campaign of many leads, three at a time, whose calls last `talkMs`; resolves when three talk. */
async function talking(talkMs: number) {
  const folder = temporaryFolder();
  folders.push(folder);
  const record = join(folder.path, "carrier.log");
  const app = await spawnServe(folder.path, { OUTDIAL_SIMULATOR_LOG: record }).ready();
  const campaignId = await startCampaign(app.request, { trunk: { ringMs: 10, talkMs }, campaign: { maxConcurrent: 3 }, leads: numbersEnding("0200", 60) });
  const byStatus = async (served: Served) => (await served.request<{ counts: { byStatus: Record<string, number> } }>("GET", `/api/campaigns/${campaignId}/report`)).body.counts.byStatus;
  await until(() => byStatus(app), (counts) => counts.in_progress === 3, 10_000);
  return { folder: folder.path, app, byStatus, dialed: () => readFileSync(record, "utf8").trim().split("\n").length };
}

describe("SIGTERM", () => {
  test("places no new call, lets those in progress end, settles them and ends with 0", async () => {
    const { folder, app, byStatus, dialed } = await talking(1_200);
    app.kill("SIGTERM");
    const whenSignalled = dialed();
    expect(await app.exited).toBe(0);
    expect(dialed()).toBe(whenSignalled);

    const again = await spawnServe(folder).ready();
    const counts = await byStatus(again);
    again.kill("SIGKILL");
    expect(counts.failed).toBe(0);
    expect(counts.completed).toBeGreaterThanOrEqual(3);
  });

  test("refuses changes meanwhile, and still answers what is asked", async () => {
    const { app } = await talking(2_000);
    app.kill("SIGTERM");
    await until(() => app.request("POST", "/api/campaigns/dnc", { phoneNumber: "+919876543210" }), (answer) => answer.status === 503, 1_500);
    expect((await app.request("GET", "/api/campaigns")).status).toBe(200);
    expect(await app.exited).toBe(0);
  });

  test("twice ends at once, although calls go on", async () => {
    const { app } = await talking(25_000);
    app.kill("SIGTERM");
    await until(() => app.request("POST", "/api/campaigns/dnc", {}), (answer) => answer.status === 503, 1_500);
    const since = performance.now();
    app.kill("SIGTERM");
    expect(await app.exited).toBe(143);
    // Far from the 25 s that the calls would take and the 30 s that the first signal allows.
    expect(performance.now() - since).toBeLessThan(5_000);
  });
});
