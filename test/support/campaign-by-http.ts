// A campaign made as a client makes it, over HTTP; a test says only what matters to it.

import { expect } from "bun:test";
import type { Ask } from "./ask.ts";

export interface CampaignByHttp {
  trunk?: Record<string, unknown>;
  campaign?: Record<string, unknown>;
  /** A CSV text, or numbers. */
  leads: string | readonly string[];
}

/** The same hours in UTC, around now: from two hours ago to twelve hours ahead. */
export function openHours(now: number): { timezone: string; windowStart: string; windowEnd: string } {
  const hour = new Date(now).getUTCHours();
  const at = (ahead: number) => `${String((hour + ahead) % 24).padStart(2, "0")}:00`;
  return { timezone: "UTC", windowStart: at(22), windowEnd: at(12) };
}

/** Creates trunk, number, agent, campaign and leads, and starts it; returns the campaign's id. */
export async function startCampaign(request: Ask, { trunk = {}, campaign = {}, leads }: CampaignByHttp): Promise<string> {
  const create = async (path: string, body: unknown) => {
    const answer = await request<{ id: string }>("POST", path, body);
    expect(answer.status).toBe(201);
    return answer.body.id;
  };
  const trunkId = await create("/api/trunks", { name: "Carrier", driver: "simulator", simulator: trunk });
  const phoneNumberId = await create("/api/phone-numbers", { phoneNumber: "+912200000001", trunkId });
  const agentId = await create("/api/agents", { name: "Anna" });
  const campaignId = await create("/api/campaigns", {
    name: "Spring",
    agentId,
    phoneNumberId,
    schedule: openHours(Date.now()),
    ...campaign,
  });
  const isCsv = typeof leads === "string";
  const body = isCsv ? leads : { leads: leads.map((phoneNumber) => ({ phoneNumber })) };
  const upload = await request<{ csvErrors: unknown[] }>(
    "POST",
    `/api/campaigns/${campaignId}/leads`,
    body,
    isCsv ? { "content-type": "text/csv" } : {},
  );
  expect(upload).toMatchObject({ status: 200, body: { csvErrors: [], duplicates: 0 } });
  expect((await request("POST", `/api/campaigns/${campaignId}/start`)).status).toBe(200);
  return campaignId;
}

/** `count` numbers of India with the last four digits that tell the simulator what to do. */
export function numbersEnding(digits: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `+91${980_000 + index}${digits}`);
}
