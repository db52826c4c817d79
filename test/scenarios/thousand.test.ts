// A thousand numbers from a CSV file, a third busy, a third unanswered, the rest answered: to the end, hour by hour.

import { createHmac, timingSafeEqual } from "node:crypto";
import { afterAll, beforeAll, expect, setSystemTime, test } from "bun:test";
import { Webhook } from "standardwebhooks";
import { startCampaign } from "../support/campaign-by-http.ts";
import { startRunningApp, type RunningApp } from "../support/running-app.ts";

const LEADS = 1_000;
/** Below the 15 s that a receiver has to answer: a webhook takes real time, in which the test's clock stands still. */
const STEP = 10_000;
const LONGEST_RUN = 5 * 3_600_000;
const SECRET = `whsec_${Buffer.from("a secret for this test, 32 bytes").toString("base64")}`;
const LIVE = ["pending", "dialing", "in_progress", "retry_wait"];
const ENDINGS = ["0486", "0480", "0200"];

interface Event {
  event: string;
  lead: { phoneNumber: string; status: string; attempts: number; disposition: string | null; variables: Record<string, unknown> };
}

let world: RunningApp;
let receiver: ReturnType<typeof Bun.serve>;
const events: Event[] = [];
const forged: string[] = [];

beforeAll(async () => {
  receiver = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const body = await request.text();
      if (!isGenuine(body, request.headers)) forged.push(body);
      events.push(JSON.parse(body));
      return new Response(null, { status: 200 });
    },
  });
  world = await startRunningApp({ maxConcurrentCalls: 50, webhookAllow: [`127.0.0.1:${receiver.port}`] });
});

afterAll(async () => {
  await world.close();
  await receiver.stop(true);
});

/** By the verifier of standardwebhooks.com, and by plain HMAC over the bytes. */
function isGenuine(body: string, headers: Headers): boolean {
  const sent = Buffer.from(headers.get("x-osmtalk-signature") ?? "");
  const expected = Buffer.from(`sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}`);
  // The verifier reads the machine's clock to refuse old events; here the test's clock is the time.
  setSystemTime(new Date(world.clock.now()));
  try {
    new Webhook(SECRET).verify(
      body,
      Object.fromEntries(["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => [name, headers.get(name) ?? ""])),
    );
    return sent.length === expected.length && timingSafeEqual(sent, expected);
  } catch {
    return false;
  } finally {
    setSystemTime();
  }
}

test("every lead is final, tried as often as the policy says, and told once; the counts agree", async () => {
  await world.request("PUT", "/api/settings/webhook", { secret: SECRET });
  const csv = [
    "Phone,first_name,city",
    ...Array.from({ length: LEADS }, (_, index) => `+91${700_000 + index}${ENDINGS[index % 3]},"Åsa, ${index}",Pune`),
  ].join("\r\n");
  const campaignId = await startCampaign(world.request, {
    leads: csv,
    campaign: {
      maxConcurrent: 50,
      schedule: { timezone: "Asia/Kolkata", windowStart: "09:00", windowEnd: "19:00" },
      retryPolicy: { maxAttempts: 3, backoffMinutes: 60, retryOn: ["no_answer", "busy"] },
      webhookUrl: `http://127.0.0.1:${receiver.port}/hook`,
    },
  });

  const report = async () =>
    (
      await world.request<{ counts: { byStatus: Record<string, number>; byDisposition: Record<string, number> } }>(
        "GET",
        `/api/campaigns/${campaignId}/report`,
      )
    ).body;
  const finalLeads = async () =>
    Object.entries((await report()).counts.byStatus).reduce((sum, [status, count]) => sum + (LIVE.includes(status) ? 0 : count), 0);
  const status = async () => (await world.request<{ status: string }>("GET", `/api/campaigns/${campaignId}`)).body.status;
  for (let time = 0; time < LONGEST_RUN && (await status()) === "running"; time += STEP) {
    expect(world.app.openCalls()).toBeLessThanOrEqual(50);
    world.clock.advance(STEP);
    await world.pump(async () => events.length >= (await finalLeads()));
  }

  const third = (digits: string) => events.filter((event) => event.lead.phoneNumber.endsWith(digits));
  expect(await status()).toBe("completed");
  expect(forged).toEqual([]);
  expect(new Set(events.map((event) => event.lead.phoneNumber)).size).toBe(LEADS);
  expect(events.length).toBe(LEADS);
  expect(third("0486").map((event) => [event.lead.status, event.lead.attempts])).toEqual(Array(334).fill(["busy", 3]));
  expect(third("0480").map((event) => [event.lead.status, event.lead.attempts])).toEqual(Array(333).fill(["no_answer", 3]));
  expect(third("0200").map((event) => [event.lead.status, event.lead.attempts, event.lead.disposition])).toEqual(
    Array(333).fill(["completed", 1, "completed"]),
  );
  expect(events[0]?.lead.variables).toMatchObject({ city: "Pune" });

  const { counts } = await report();
  expect(counts.byStatus).toMatchObject({
    busy: 334,
    no_answer: 333,
    completed: 333,
    pending: 0,
    dialing: 0,
    in_progress: 0,
    retry_wait: 0,
    failed: 0,
  });
  expect(counts.byDisposition).toMatchObject({ completed: 333, qualified: 0 });
}, 60_000);
