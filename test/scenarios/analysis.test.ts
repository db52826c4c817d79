// The whole appliance, with a model's endpoint and a CRM beside it: a conversation, its transcript, its analysis, and what the
// CRM hears.

import { afterEach, expect, test } from "bun:test";
import { ALWAYS } from "../support/machine.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { type RunningApp, startRunningApp } from "../support/running-app.ts";

const closing: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(): Promise<{ appliance: RunningApp; endpoint: Receiver; crm: Receiver }> {
  const [endpoint, crm] = [startReceiver(), startReceiver()];
  const appliance = await startRunningApp({ webhookAllow: [endpoint.host, crm.host] });
  closing.push(endpoint.stop, crm.stop, () => appliance.close());
  return { appliance, endpoint, crm };
}

test("a lead's webhook waits for the analysis of its conversation, and who opted out in it is listed with the words", async () => {
  const { appliance, endpoint, crm } = await start();
  const { pump, clock } = appliance;
  const request = (method: string, path: string, body?: unknown) => appliance.request<any>(method, path, body);
  const found = { lead_qualified: false, next_action: "not_interested", opt_out: { requested: true, quote: "you can strike me off" } };
  endpoint.answerAlways({ status: 200, body: JSON.stringify({ choices: [{ message: { content: JSON.stringify(found) } }] }) });
  expect(
    (await request("PUT", "/api/settings/analysis", { baseUrl: `http://${endpoint.host}/v1`, apiKey: "sk-1", model: "small" })).status,
  ).toBe(200);
  const agent = await request("POST", "/api/agents", {
    name: "Anita",
    postCallAnalysis: { enabled: true, enableSummary: false, enableSentiment: false },
  });
  const [trunk] = (await request("GET", "/api/trunks")).body.trunks;
  const number = await request("POST", "/api/phone-numbers", { phoneNumber: "+14155550100", trunkId: trunk.id });
  const campaign = await request("POST", "/api/campaigns", {
    name: "Spring",
    agentId: agent.body.id,
    phoneNumberId: number.body.id,
    schedule: ALWAYS,
    webhookUrl: crm.url,
  });
  await request("POST", `/api/campaigns/${campaign.body.id}/leads`, { leads: [{ phoneNumber: "+919876540200" }] });
  await request("POST", `/api/campaigns/${campaign.body.id}/start`);

  let call: any;
  await pump(async () => {
    clock.advance(50);
    call = (await request("GET", "/api/calls")).body.calls[0];
    return call?.status === "ended";
  });
  expect(call).toMatchObject({ ending: "completed", disposition: null, outcome: null });
  expect((await request("GET", `/api/campaigns/${campaign.body.id}/leads`)).body.leads[0]).toMatchObject({ status: "in_progress" });
  expect(crm.received).toHaveLength(0);

  await request("POST", `/api/calls/${call.id}/outcome`, {
    transcript: [
      { role: "assistant", content: "Hello" },
      { role: "user", content: "Well, you can strike me off. Goodbye" },
    ],
  });
  await pump(() => crm.received.length === 1);
  expect(JSON.parse(crm.received[0]?.body ?? "null")).toMatchObject({
    event: "campaign.lead_completed",
    lead: { status: "completed", disposition: "not_interested", outcome: found },
  });
  expect(endpoint.received).toHaveLength(1);
  expect((await request("GET", "/api/campaigns/dnc")).body.entries).toMatchObject([
    { phoneNumber: "+919876540200", source: "opt_out", callId: call.id, evidence: "you can strike me off" },
  ]);
  expect((await request("GET", `/api/campaigns/${campaign.body.id}`)).body.status).toBe("completed");
});
