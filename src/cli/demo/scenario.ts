// The demo's campaign, from an empty appliance to the last lead, over HTTP alone.

import leadsCsv from "../../../examples/leads.csv" with { type: "text" };
import { type CampaignStatus, isFinal } from "../../campaigns/lifecycle.ts";
import { type Clock, type EpochMs, HOUR, MINUTE, SECOND, sleep } from "../../runtime/clock.ts";
import type { ApiClient } from "./client.ts";

/** Of the numbers in examples/leads.csv: people who asked not to be called. */
export const numbersNotToCall: readonly string[] = ["+442079460201", "+33639980200"];

const CALLER = "+442079460001";
const MAX_CONCURRENT = 40;
/** Long enough to watch, short enough for 200 calls in some ten seconds. */
export const simulatedCarrier = { seed: 7, ringMs: 800, talkMs: 1_600, answerRate: 0.6 };

const POLL_MS = 250;
/** A campaign of this size that is not over by then does not move. */
const PATIENCE_MS = 40 * SECOND;

/** What the demo reads of the API's answers. */
export interface Report {
  campaign: { id: string; status: CampaignStatus; statusReason?: string | null };
  counts: { byStatus: Record<string, number>; byDisposition: Record<string, number> };
}

export interface Prepared {
  agentId: string;
  phoneNumberId: string;
  campaignId: string;
  upload: { inserted: number; duplicates: number; csvErrors: { row: number; phone: string; error: string }[] };
  window: { start: string; end: string };
}

export interface Endpoint {
  url: string;
  secret: string;
}

/** A trunk that never leaves the process. */
export const simulatedTrunk = { name: "simulated carrier", driver: "simulator", simulator: simulatedCarrier };

/** A trunk over real SIP and RTP to a carrier on this machine. */
export function sipTrunk(port: number) {
  // Every number of the list; those of premium services stay closed.
  const allowedPrefixes = ["+1", "+2", "+3", "+4", "+5", "+6", "+7", "+8", "+9"];
  return { name: "practice carrier", driver: "sip", allowedPrefixes, sip: { host: "127.0.0.1", port } };
}

/** Makes everything that a campaign needs, and the campaign with its leads; nothing is called yet. */
export async function prepare(api: ApiClient, carrier: object, webhook: Endpoint, now: EpochMs): Promise<Prepared> {
  const trunk = await api<{ id: string }>("POST", "/api/trunks", carrier);
  const number = await api<{ id: string }>("POST", "/api/phone-numbers", { phoneNumber: CALLER, label: "demo", trunkId: trunk.id });
  const agent = await api<{ id: string }>("POST", "/api/agents", {
    name: "demo agent",
    systemPrompt: "You call {{first_name}} of {{company}} to ask for an appointment.",
    welcomeMessage: "Hello {{first_name}}, do you have a minute?",
  });
  await api("PUT", "/api/settings/webhook", { secret: webhook.secret, events: ["campaign.lead_completed"] });
  const window = openWindow(now);
  const campaign = await api<{ id: string }>("POST", "/api/campaigns", {
    name: "demo",
    agentId: agent.id,
    phoneNumberId: number.id,
    maxConcurrent: MAX_CONCURRENT,
    schedule: { timezone: "UTC", windowStart: window.start, windowEnd: window.end },
    // The shortest gap between two attempts is a minute, which is longer than anyone watches a demo.
    retryPolicy: { maxAttempts: 1 },
    webhookUrl: webhook.url,
  });
  const upload = await api<Prepared["upload"]>("POST", `/api/campaigns/${campaign.id}/leads`, leadsCsv);
  const entries = numbersNotToCall.map((phoneNumber) => ({ phoneNumber, reason: "asked not to be called", source: "opt_out" }));
  await api("POST", "/api/campaigns/dnc/bulk", { entries });
  return { agentId: agent.id, phoneNumberId: number.id, campaignId: campaign.id, upload, window };
}

/** Starts the campaign and shows each report to `watch` until the campaign is over; throws when it does not get there. */
export async function run(api: ApiClient, campaignId: string, clock: Clock, watch: (report: Report) => void): Promise<Report> {
  await api("POST", `/api/campaigns/${campaignId}/start`);
  const deadline = clock.monotonicMs() + PATIENCE_MS;
  for (;;) {
    const report = await api<Report>("GET", `/api/campaigns/${campaignId}/report`);
    watch(report);
    if (isFinal(report.campaign.status)) return report;
    if (clock.monotonicMs() > deadline) {
      throw new Error(
        `the campaign is still ${report.campaign.status} after ${PATIENCE_MS / SECOND} s (${report.campaign.statusReason ?? "no reason given"})`,
      );
    }
    await sleep(clock, POLL_MS);
  }
}

/** A window that is open now and for the next twelve hours, whenever the demo is run; UTC, `HH:MM`. */
export function openWindow(now: EpochMs): { start: string; end: string } {
  const timeOf = (at: EpochMs) => new Date(Math.floor(at / MINUTE) * MINUTE).toISOString().slice(11, 16);
  return { start: timeOf(now - HOUR), end: timeOf(now + 12 * HOUR) };
}
