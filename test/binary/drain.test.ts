// A signal in the middle of calls, on the compiled program.

import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { numbersEnding, startCampaign } from "../support/campaign-by-http.ts";
import { createSandbox, forTests, type Serving } from "../support/executable.ts";
import { untilAnswer } from "../support/until.ts";

const sandbox = createSandbox();
afterAll(sandbox.clean);

/** A campaign of many leads, three at a time, whose calls last `talkMs`; resolves when three talk. */
async function talking(talkMs: number) {
  const folder = sandbox.folder();
  const record = join(folder, "carrier.log");
  const app = await sandbox.serve(folder, { environment: { ...forTests, OUTDIAL_SIMULATOR_LOG: record } });
  const campaignId = await startCampaign(app.request, {
    trunk: { ringMs: 10, talkMs },
    campaign: { maxConcurrent: 3 },
    leads: numbersEnding("0200", 60),
  });
  const byStatus = async (served: Serving) =>
    (await served.request<{ counts: { byStatus: Record<string, number> } }>("GET", `/api/campaigns/${campaignId}/report`)).body.counts
      .byStatus;
  await untilAnswer(
    () => byStatus(app),
    (counts) => counts.in_progress === 3,
    10_000,
  );
  return { folder, app, byStatus, dialed: () => readFileSync(record, "utf8").trim().split("\n").length };
}

describe("SIGTERM", () => {
  test("places no new call, lets those in progress end, settles them and ends with 0", async () => {
    const { folder, app, byStatus, dialed } = await talking(1_200);
    app.kill("SIGTERM");
    const whenSignalled = dialed();
    expect(await app.exited).toBe(0);
    expect(dialed()).toBe(whenSignalled);

    const again = await sandbox.serve(folder, { environment: forTests });
    const counts = await byStatus(again);
    again.kill("SIGKILL");
    expect(counts.failed).toBe(0);
    expect(counts.completed).toBeGreaterThanOrEqual(3);
  });

  test("refuses changes meanwhile, and still answers what is asked", async () => {
    const { app } = await talking(2_000);
    app.kill("SIGTERM");
    await untilAnswer(
      () => app.request("POST", "/api/campaigns/dnc", { phoneNumber: "+919876543210" }),
      (answer) => answer.status === 503,
      1_500,
    );
    expect((await app.request("GET", "/api/campaigns")).status).toBe(200);
    expect(await app.exited).toBe(0);
  });

  test("twice ends at once, although calls go on", async () => {
    const { app } = await talking(25_000);
    app.kill("SIGTERM");
    await untilAnswer(
      () => app.request("POST", "/api/campaigns/dnc", {}),
      (answer) => answer.status === 503,
      1_500,
    );
    const since = performance.now();
    app.kill("SIGTERM");
    expect(await app.exited).toBe(143);
    // Far from the 25 s that the calls would take and the 30 s that the first signal allows.
    expect(performance.now() - since).toBeLessThan(5_000);
  });
});
