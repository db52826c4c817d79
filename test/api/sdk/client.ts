// A client as a stranger writes it who has part A of the contract and nothing else: plain fetch, its own types, nothing of src.
// Its shape is that of the clients that exist. test/binary/sdk.test.ts drives the compiled program with it.

import type {
  Agent,
  AgentVersion,
  Call,
  Campaign,
  DncBulk,
  DncEntry,
  Lead,
  LeadUpload,
  List,
  PhoneNumber,
  Report,
  WebhookSettings,
} from "./objects.ts";
import { type ClientOptions, createTransport, pause, type Send } from "./transport.ts";

/** A page of any list. */
export interface Paging {
  limit?: number;
  offset?: number;
  cursor?: string;
}

/** What may be sent of a campaign; nested objects merge field by field. */
export type CampaignFields = Partial<
  Pick<Campaign, "name" | "agentId" | "phoneNumberId" | "agentVersion" | "maxConcurrent" | "scheduledStartAt" | "webhookUrl">
> & {
  schedule?: Partial<Campaign["schedule"]>;
  retryPolicy?: Partial<Campaign["retryPolicy"]>;
};
type NewCampaign = CampaignFields & Pick<Campaign, "name" | "agentId" | "phoneNumberId">;
type AgentFields = Partial<Omit<Agent, "id" | "currentVersion" | "callPolicy" | "voicemail">> & {
  callPolicy?: Partial<Agent["callPolicy"]>;
  voicemail?: Partial<Agent["voicemail"]>;
};
type NewLead = Pick<Lead, "phoneNumber"> & Partial<Pick<Lead, "variables">>;
type NewDncEntry = Pick<DncEntry, "phoneNumber"> & Partial<Pick<DncEntry, "reason" | "source">>;
type NewCall = Pick<Call, "agentId" | "phoneNumberId"> & {
  destination: string;
  agentVersion?: number;
  dynamicVariables?: Lead["variables"];
};

const POLL_MS = 50;

export class Client {
  readonly campaigns: ReturnType<typeof campaigns>;
  readonly dnc: ReturnType<typeof dnc>;
  readonly phoneNumbers: ReturnType<typeof phoneNumbers>;
  readonly agents: ReturnType<typeof agents>;
  readonly calls: ReturnType<typeof calls>;
  readonly settings: ReturnType<typeof settings>;

  constructor(options: ClientOptions) {
    const send = createTransport(options);
    this.campaigns = campaigns(send);
    this.dnc = dnc(send);
    this.phoneNumbers = phoneNumbers(send);
    this.agents = agents(send);
    this.calls = calls(send);
    this.settings = settings(send);
  }
}

function campaigns(send: Send) {
  const move = (verb: string) => (id: string) => send<Campaign>("POST", `/campaigns/${id}/${verb}`);
  return {
    create: (campaign: NewCampaign) => send<Campaign>("POST", "/campaigns", { json: campaign }),
    list: (query: Paging & { status?: Campaign["status"] } = {}) =>
      send<List<"campaigns", Campaign>>("GET", "/campaigns", { query: { ...query } }),
    get: (id: string) => send<Campaign>("GET", `/campaigns/${id}`),
    update: (id: string, change: CampaignFields) => send<Campaign>("PUT", `/campaigns/${id}`, { json: change }),
    delete: (id: string) => send<void>("DELETE", `/campaigns/${id}`),
    start: move("start"),
    pause: move("pause"),
    resume: move("resume"),
    stop: move("stop"),
    report: (id: string) => send<Report>("GET", `/campaigns/${id}/report`),
    uploadLeadsCsv: (id: string, csv: string) => send<LeadUpload>("POST", `/campaigns/${id}/leads`, { csv }),
    uploadLeads: (id: string, leads: readonly NewLead[]) => send<LeadUpload>("POST", `/campaigns/${id}/leads`, { json: { leads } }),
    listLeads: (id: string, query: Paging & { status?: Lead["status"] } = {}) =>
      send<List<"leads", Lead>>("GET", `/campaigns/${id}/leads`, { query: { ...query } }),
  };
}

function dnc(send: Send) {
  return {
    list: (query: Paging & { phoneNumber?: string; source?: DncEntry["source"] } = {}) =>
      send<List<"entries", DncEntry>>("GET", "/campaigns/dnc", { query: { ...query } }),
    add: (phoneNumber: string, { reason, source }: Omit<NewDncEntry, "phoneNumber"> = {}) =>
      send<DncEntry>("POST", "/campaigns/dnc", { json: { phoneNumber, reason, source } }),
    bulkAdd: (entries: readonly NewDncEntry[]) => send<DncBulk>("POST", "/campaigns/dnc/bulk", { json: { entries } }),
    remove: (id: string) => send<void>("DELETE", `/campaigns/dnc/${id}`),
  };
}

function phoneNumbers(send: Send) {
  return {
    list: (query: Paging = {}) => send<List<"phoneNumbers", PhoneNumber>>("GET", "/phone-numbers", { query: { ...query } }),
    update: (id: string, change: Partial<Omit<PhoneNumber, "id">>) => send<PhoneNumber>("PUT", `/phone-numbers/${id}`, { json: change }),
  };
}

function agents(send: Send) {
  return {
    list: (query: Paging = {}) => send<List<"agents", Agent>>("GET", "/agents", { query: { ...query } }),
    get: (id: string) => send<Agent>("GET", `/agents/${id}`),
    create: (agent: AgentFields & Pick<Agent, "name">) => send<Agent>("POST", "/agents", { json: agent }),
    update: (id: string, change: AgentFields) => send<Agent>("PUT", `/agents/${id}`, { json: change }),
    delete: (id: string) => send<void>("DELETE", `/agents/${id}`),
    publishVersion: (id: string, words: { label?: string; notes?: string } = {}) =>
      send<AgentVersion>("POST", `/agents/${id}/versions`, { json: words }),
    listVersions: (id: string, query: Paging = {}) =>
      send<List<"versions", AgentVersion>>("GET", `/agents/${id}/versions`, { query: { ...query } }),
    getVersion: (id: string, version: number) => send<AgentVersion>("GET", `/agents/${id}/versions/${version}`),
    rollbackToVersion: (id: string, version: number) => send<AgentVersion>("POST", `/agents/${id}/versions/${version}/rollback`),
  };
}

function calls(send: Send) {
  const get = (id: string) => send<Call>("GET", `/calls/${id}`);
  return {
    list: (
      query: Paging & {
        campaignId?: string;
        leadId?: string;
        phoneNumber?: string;
        status?: string;
        ending?: string;
        from?: string;
        to?: string;
      } = {},
    ) => send<List<"calls", Call>>("GET", "/calls", { query: { ...query } }),
    get,
    outbound: (call: NewCall) => send<Call>("POST", "/calls/outbound", { json: call }),
    end: (id: string) => send<Call>("POST", `/calls/${id}/end`),
    /** The call once it is over; throws when it still is not after `timeoutMs`. */
    async waitUntilEnded(id: string, { timeoutMs = 30_000 }: { timeoutMs?: number } = {}): Promise<Call> {
      for (let waitedMs = 0; waitedMs <= timeoutMs; waitedMs += POLL_MS) {
        const call = await get(id);
        if (call.status === "ended" || call.status === "unknown") return call;
        await pause(POLL_MS);
      }
      throw new Error(`the call ${id} is not over after ${timeoutMs} ms`);
    },
  };
}

function settings(send: Send) {
  return {
    getWebhook: () => send<WebhookSettings>("GET", "/settings/webhook"),
    updateWebhook: (change: Partial<WebhookSettings> & { secret?: string | null }) =>
      send<WebhookSettings>("PUT", "/settings/webhook", { json: change }),
  };
}
