// Calls per second of the whole appliance: each claimed durably, placed over SIP to sipp with audio ports of its own, ended by
// its bot after one frame, settled and told. `bun run bench/sip-machine.ts [leads]`; needs scripts/build and sip-tester.

import { openHours } from "../test/support/campaign-by-http.ts";
import { createSandbox, forTests, type Serving } from "../test/support/executable.ts";
import { freshPort, freshRtpPort, tool, whenBound } from "../test/support/tools.ts";

const leads = Number(process.argv[2] ?? 4_000);
const CAMPAIGNS = 4;
/** Of each campaign: the most that one may have. */
const IN_FLIGHT = 50;

const sandbox = createSandbox();
const port = freshPort();
const carrier = Bun.spawn(
  [
    tool("sipp"),
    "-sn",
    "uas",
    "-i",
    "127.0.0.1",
    "-p",
    String(port),
    "-mi",
    "127.0.0.1",
    "-buff_size",
    "4194304",
    "-nostdin",
    "-timeout",
    "120s",
  ],
  { stdout: "ignore", stderr: "ignore" },
);
await whenBound("udp", port);
const environment = {
  ...forTests,
  OUTDIAL_SIP_ADDRESS: "127.0.0.1",
  OUTDIAL_SIP_PORT: String(freshPort()),
  OUTDIAL_RTP_PORT: String(freshRtpPort()),
  OUTDIAL_MAX_CONCURRENT_CALLS: String(CAMPAIGNS * IN_FLIGHT),
};
const app = await sandbox.serve(sandbox.folder(), { environment });
try {
  const campaigns = await prepare(app);
  const startedAt = performance.now();
  for (const id of campaigns) await app.request("POST", `/api/campaigns/${id}/start?preflight=false`);
  const byStatus: Record<string, number> = {};
  for (const id of campaigns)
    for (const [status, count] of Object.entries(await finished(app, id))) byStatus[status] = (byStatus[status] ?? 0) + count;
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(
    `${leads} calls in ${seconds.toFixed(1)} s, ${CAMPAIGNS * IN_FLIGHT} at once at most: ${(leads / seconds).toFixed(0)} calls per second  (goal: 500 or more)`,
  );
  // A conversation of under 3 s counts as no answer.
  console.log(`leads by status: ${JSON.stringify(byStatus)}`);
} finally {
  await app.end("SIGTERM");
  carrier.kill("SIGKILL");
  sandbox.clean();
}

async function prepare({ request }: Serving): Promise<string[]> {
  const create = async (path: string, body: unknown) => (await request<{ id: string }>("POST", path, body)).body.id;
  const trunkId = await create("/api/trunks", {
    name: "sipp",
    driver: "sip",
    allowedPrefixes: ["+91"],
    sip: { host: "127.0.0.1", port, keepAliveSeconds: 0 },
  });
  const phoneNumberId = await create("/api/phone-numbers", { phoneNumber: "+912200000001", trunkId });
  const agentId = await create("/api/agents", { name: "Anna", connection: { type: "simulated", talkMs: 0 } });
  const ids: string[] = [];
  for (let index = 0; index < CAMPAIGNS; index += 1) {
    const id = await create("/api/campaigns", {
      name: `Bench ${index}`,
      agentId,
      phoneNumberId,
      maxConcurrent: IN_FLIGHT,
      schedule: openHours(Date.now()),
      retryPolicy: { maxAttempts: 1 },
    });
    const own = Array.from({ length: leads / CAMPAIGNS }, (_, lead) => ({ phoneNumber: `+9198${10_000_000 + index * 1_000_000 + lead}` }));
    await request("POST", `/api/campaigns/${id}/leads`, { leads: own });
    ids.push(id);
  }
  return ids;
}

async function finished({ request }: Serving, id: string): Promise<Record<string, number>> {
  for (;;) {
    const { body } = await request<{ campaign: { status: string }; counts: { byStatus: Record<string, number> } }>(
      "GET",
      `/api/campaigns/${id}/report`,
    );
    if (body.campaign.status !== "running")
      return Object.fromEntries(Object.entries(body.counts.byStatus).filter(([, count]) => count > 0));
    await Bun.sleep(50);
  }
}
