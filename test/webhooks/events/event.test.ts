import { describe, expect, test } from "bun:test";
import { Compile } from "typebox/compile";
import { dncAdded, leadCompleted, preDialQuestion, webhookEvents, webhookTest } from "../../../src/webhooks/events/event.ts";
import { LeadCompletedJson } from "../../../src/webhooks/events/payload.ts";

const AT = Date.UTC(2026, 4, 6, 11, 23, 45, 123);

describe("campaign.lead_completed", () => {
  test("is the contract's example, byte for byte", () => {
    const event = leadCompleted(
      {
        campaign: { id: "cmp_1", name: "Spring" },
        lead: {
          id: "ld_1",
          phoneNumber: "+919876543210",
          variables: {},
          status: "completed",
          disposition: "qualified",
          attempts: 1,
          callId: "call_1",
          outcome: { lead_qualified: true },
        },
      },
      AT,
    );
    expect(event.body).toBe(
      '{"event":"campaign.lead_completed","timestamp":"2026-05-06T11:23:45.123Z",' +
        '"campaign":{"id":"cmp_1","name":"Spring"},' +
        '"lead":{"id":"ld_1","phoneNumber":"+919876543210","variables":{},"status":"completed","disposition":"qualified",' +
        '"attempts":1,"callId":"call_1","outcome":{"lead_qualified":true}}}',
    );
    expect(event).toMatchObject({ name: "campaign.lead_completed", campaignId: "cmp_1", leadId: "ld_1" });
  });

  test("says null where a lead was never called, and tells nothing else of the rows it is given", () => {
    const campaign = { id: "cmp_1", name: "Spring", webhookUrl: "https://crm.example/secret" };
    const lead = {
      id: "ld_1",
      phoneNumber: "+919876543210",
      variables: { first_name: "Zoë \u2028" },
      status: "dnc_blocked",
      disposition: null,
      attempts: 0,
      callId: null,
      outcome: null,
      dueAt: 5,
    } as const;
    expect(JSON.parse(leadCompleted({ campaign, lead }, AT).body)).toEqual({
      event: "campaign.lead_completed",
      timestamp: "2026-05-06T11:23:45.123Z",
      campaign: { id: "cmp_1", name: "Spring" },
      lead: {
        id: "ld_1",
        phoneNumber: "+919876543210",
        variables: { first_name: "Zoë \u2028" },
        status: "dnc_blocked",
        disposition: null,
        attempts: 0,
        callId: null,
        outcome: null,
      },
    });
  });
});

test("what a receiver gets is what the API's description says", () => {
  const validator = Compile(LeadCompletedJson);
  const id = (prefix: string) => `${prefix}_01jt3v9h8k4m2n6p8q0r2s4t6v`;
  const lead = { id: id("ld"), phoneNumber: "+919876543210", variables: { a: 1, b: "x", c: true }, attempts: 1 };
  for (const more of [
    { status: "completed", disposition: "qualified", callId: id("call"), outcome: { deep: { er: 1 } } } as const,
    { status: "dnc_blocked", disposition: null, callId: null, outcome: null } as const,
  ]) {
    const body: unknown = JSON.parse(leadCompleted({ campaign: { id: id("cmp"), name: "Spring" }, lead: { ...lead, ...more } }, AT).body);
    expect([...validator.Errors(body)]).toEqual([]);
  }
});

test("dnc.added tells of every number that was added together, and of nothing else", () => {
  const entry = { id: "dnc_1", phoneNumber: "+919876543210", reason: null, source: "opt_out", createdAt: AT, note: "x" };
  const event = dncAdded([entry, { ...entry, id: "dnc_2", reason: "asked" }], AT + 1);
  expect(event).toEqual({
    name: "dnc.added",
    campaignId: null,
    leadId: null,
    body:
      '{"event":"dnc.added","timestamp":"2026-05-06T11:23:45.124Z","entries":[' +
      '{"id":"dnc_1","phoneNumber":"+919876543210","reason":null,"source":"opt_out","createdAt":"2026-05-06T11:23:45.123Z"},' +
      '{"id":"dnc_2","phoneNumber":"+919876543210","reason":"asked","source":"opt_out","createdAt":"2026-05-06T11:23:45.123Z"}]}',
  });
});

test("the question to a pre-dial hook says who would be called with which attempt, and nothing else", () => {
  const lead = { id: "ld_1", phoneNumber: "+919876543210", variables: { plan: "a" }, attempt: 2, status: "pending" };
  expect(preDialQuestion({ campaign: { id: "cmp_1", name: "Spring" }, lead }, AT)).toBe(
    '{"event":"lead.pre_dial","timestamp":"2026-05-06T11:23:45.123Z","campaign":{"id":"cmp_1","name":"Spring"},' +
      '"lead":{"id":"ld_1","phoneNumber":"+919876543210","variables":{"plan":"a"},"attempt":2}}',
  );
});

test("webhook.test carries its name and time", () => {
  expect(webhookTest(AT)).toEqual({
    name: "webhook.test",
    campaignId: null,
    leadId: null,
    body: '{"event":"webhook.test","timestamp":"2026-05-06T11:23:45.123Z"}',
  });
});

test("the list of events is the contract's, without repetition", () => {
  const contract =
    "campaign.lead_completed call.started call.completed call.failed call.analysis_completed campaign.started campaign.paused campaign.completed lead.attempt_completed dnc.added credits.low webhook.test";
  expect([...webhookEvents].sort()).toEqual(contract.split(" ").sort() as (typeof webhookEvents)[number][]);
});
