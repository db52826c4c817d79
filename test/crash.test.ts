// kill -9 on the compiled program, again and again, while it dials. The simulated carrier's own record and the
// receiver of the webhooks are the witnesses: nobody called twice for one attempt, nobody stuck, every outcome told.
// CRASH_KILLS and CRASH_SEED make it longer and repeat it.

import { afterAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "../src/runtime/random.ts";
import { numbersEnding, startCampaign } from "./support/campaign-by-http.ts";
import { createSandbox, forTests } from "./support/executable.ts";
import { untilAnswer } from "./support/until.ts";

const KILLS = Number(process.env.CRASH_KILLS ?? 50);
const SEED = Number(process.env.CRASH_SEED ?? Math.floor(Math.random() * 1e9));
const LEADS = KILLS * 16;
/** What a life may last beyond a start: some kills hit the start and recovery themselves, most hit calls. */
const LONGEST_SERVING_MS = 200;

const sandbox = createSandbox();
afterAll(sandbox.clean);

interface Report {
  campaign: { status: string };
  counts: { byStatus: Record<string, number> };
}

test(`${KILLS} kills at random moments (seed ${SEED}): nobody is called twice, nobody is stuck, every outcome is told`, async () => {
  const random = seededRandom(SEED);
  const received = new Map<string, { ids: Set<string>; status: string }>();
  const receiver = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const { lead } = (await request.json()) as { lead: { id: string; status: string } };
      const known = received.get(lead.id) ?? { ids: new Set<string>(), status: lead.status };
      received.set(lead.id, { ids: known.ids.add(request.headers.get("webhook-id") ?? ""), status: lead.status });
      return new Response(null, { status: 204 });
    },
  });
  const folder = sandbox.folder();
  const record = join(folder, "carrier.log");
  const environment = { ...forTests, OUTDIAL_WEBHOOK_ALLOW: `127.0.0.1:${receiver.port}`, OUTDIAL_SIMULATOR_LOG: record };
  const { campaignId, startMs } = await prepare(folder, environment, `http://127.0.0.1:${receiver.port}/`);

  for (let kill = 0; kill < KILLS; kill += 1) {
    const serving = sandbox.watch(["serve", "--data", folder, "--port", "0"], { environment });
    await Bun.sleep(random.fraction() * (startMs + LONGEST_SERVING_MS));
    await serving.end("SIGKILL");
  }

  const last = await sandbox.serve(folder, { environment });
  const finalCount = (report: Report) =>
    LEADS - ["pending", "dialing", "in_progress", "retry_wait"].reduce((sum, status) => sum + (report.counts.byStatus[status] ?? 0), 0);
  const report = await untilAnswer(
    async () => (await last.request<Report>("GET", `/api/campaigns/${campaignId}/report`)).body,
    (answer) => finalCount(answer) === LEADS,
    60_000,
  );
  await untilAnswer(
    async () => received.size,
    (size) => size === LEADS,
    30_000,
  );
  last.kill("SIGTERM");
  expect(await last.exited).toBe(0);
  await receiver.stop(true);

  const dials = readFileSync(record, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { callId: string; to: string; attempt: number });
  const twice = (keys: string[]) => keys.filter((key, index) => keys.indexOf(key) !== index);
  expect(twice(dials.map((dial) => dial.callId))).toEqual([]);
  expect(twice(dials.map((dial) => `${dial.to} attempt ${dial.attempt}`))).toEqual([]);
  expect([...received.values()].filter((lead) => lead.ids.size !== 1)).toEqual([]);
  const told: Record<string, number> = {};
  for (const { status } of received.values()) told[status] = (told[status] ?? 0) + 1;
  expect(told).toEqual(Object.fromEntries(Object.entries(report.counts.byStatus).filter(([, count]) => count > 0)));
  expect(["completed", "failed"]).toContain(report.campaign.status);
  // Something must have been killed in the middle of calls, or the drill proved nothing.
  expect(report.counts.byStatus.failed).toBeGreaterThan(KILLS / 5);

  const check = Bun.spawnSync([process.execPath, "scripts/verify-database.ts", join(folder, "outdial.db")]);
  expect(check.stdout.toString() + check.stderr.toString()).not.toContain("differ");
  expect(check.exitCode).toBe(0);
}, 240_000);

async function prepare(
  data: string,
  environment: Record<string, string>,
  webhookUrl: string,
): Promise<{ campaignId: string; startMs: number }> {
  const began = performance.now();
  const app = await sandbox.serve(data, { environment });
  const startMs = performance.now() - began;
  // …0200 is answered and completed: whoever ends `failed` lost his call to a kill.
  const campaign = { maxConcurrent: 5, webhookUrl, retryPolicy: { maxAttempts: 1 } };
  const campaignId = await startCampaign(app.request, { trunk: { ringMs: 15, talkMs: 15 }, campaign, leads: numbersEnding("0200", LEADS) });
  await app.end("SIGKILL");
  return { campaignId, startMs };
}
