// The witness: looks at every call in the moment in which it reaches the carrier, and says what should not have been.
// It goes by the carrier's log, by what the operator was promised, and by an own reading of the hours; of the database
// it takes only what was committed.

import type { Schedule } from "../../src/campaigns/window.ts";
import type { Db } from "../../src/database/open.ts";
import type { RetryPolicy } from "../../src/leads/retry.ts";
import type { Carrier, FarCall } from "./carrier.ts";
import { createHours } from "./hours.ts";
import type { Promises, PromisedCampaign, PromisedTrunk } from "./promises.ts";
import type { StoreFaults } from "./store.ts";

export interface WitnessDependencies {
  real: Db;
  carrier: () => Carrier;
  promises: Promises;
  faults: StoreFaults;
  maxConcurrentCalls: number;
  report: (problem: string) => void;
}

/** What the database says of a call: committed, or it would not be there. */
interface CallRow {
  callStatus: string;
  trunkMaxConcurrent: number | null;
  callsPerSecond: number | null;
  isListed: 0 | 1;
  /** Null for a single call. */
  campaignId: string | null;
}

interface CampaignCallRow extends CallRow {
  campaignId: string;
  leadId: string;
  campaignStatus: string;
  maxConcurrent: number;
  schedule: string;
  retryPolicy: string;
}

const CALL = `
  SELECT c.campaign_id AS campaignId, c.lead_id AS leadId, c.status AS callStatus, p.status AS campaignStatus, p.max_concurrent AS maxConcurrent,
         p.schedule, p.retry_policy AS retryPolicy, t.max_concurrent AS trunkMaxConcurrent, t.calls_per_second AS callsPerSecond,
         EXISTS (SELECT 1 FROM dnc WHERE dnc.phone_number = c.to_number) AS isListed
    FROM calls c LEFT JOIN campaigns p ON p.id = c.campaign_id JOIN trunks t ON t.id = c.trunk_id WHERE c.id = ?1`;

export interface Witness {
  onCall(call: FarCall): void;
}

const SECOND = 1_000;

export function createWitness(deps: WitnessDependencies): Witness {
  const { real, promises, report, faults } = deps;
  const rows = new Map<string, CallRow>();
  /** The calls of each lead that used an attempt, or may have. */
  const byLead = new Map<string, FarCall[]>();
  const lastStarts = new Map<string, number[]>();

  const isOpenAt = createHours();

  const checkList = ({ order }: FarCall, row: CallRow) => {
    if (promises.listed.has(order.to)) report(`S5: a call to ${order.to} left after the answer that it is on the list`);
    if (row.isListed === 1) report(`S5: a call to ${order.to} left while it is on the list`);
    if (faults.isDncUnreadable) report("S11: a call left while nobody could read the list");
  };

  const checkHours = ({ order, placedAt }: FarCall, campaign: PromisedCampaign) => {
    if (!isOpenAt(campaign.schedule, placedAt)) report(`S4: a call left outside the window ${JSON.stringify(campaign.schedule)}`);
    else if (!isOpenAt(campaign.schedule, placedAt + order.ringTimeoutMs - 1)) report(`S4: a call left that may ring on after the window ${JSON.stringify(campaign.schedule)}`);
  };

  const checkStatus = (row: CampaignCallRow) => {
    const halted = promises.halted.get(row.campaignId);
    if (halted !== undefined) report(`S8: a call left after the answer that its campaign ${row.campaignId} is ${halted}`);
    if (row.campaignStatus !== "running") report(`S8: a call left although its campaign is ${row.campaignStatus}`);
  };

  const checkCaps = (call: FarCall, trunk: PromisedTrunk) => {
    // Calls of an earlier life are told to end before the first call of this one.
    const open = deps.carrier().open().filter((other) => other.life === call.life);
    const onTrunk = open.filter((other) => other.order.trunk.id === call.order.trunk.id).length;
    if (open.length > deps.maxConcurrentCalls) report(`S6: ${open.length} calls in the air, the cap is ${deps.maxConcurrentCalls}`);
    if (onTrunk > (trunk.maxConcurrent ?? Infinity)) report(`S6: ${onTrunk} calls on trunk ${call.order.trunk.id}, its cap is ${trunk.maxConcurrent}`);
    const twins = deps.carrier().open().filter((other) => other.order.to === call.order.to);
    if (twins.length > 1) report(`S9: two calls to ${call.order.to} at once`);
    const starts = (lastStarts.get(call.order.trunk.id) ?? []).filter((at) => at > call.placedMs - SECOND);
    starts.push(call.placedMs);
    lastStarts.set(call.order.trunk.id, starts);
    if (starts.length > (trunk.callsPerSecond ?? Infinity)) report(`S6: ${starts.length} calls within a second on trunk ${call.order.trunk.id}, its rate is ${trunk.callsPerSecond}`);
  };

  const checkCampaignCap = (call: FarCall, row: CampaignCallRow, campaign: PromisedCampaign) => {
    const open = deps.carrier().open().filter((other) => other.life === call.life && rows.get(other.order.callId)?.campaignId === row.campaignId).length;
    if (open > campaign.maxConcurrent) report(`S6: ${open} calls of ${row.campaignId} in the air, its cap is ${campaign.maxConcurrent}`);
  };

  const checkAttempt = (call: FarCall, row: CampaignCallRow, campaign: PromisedCampaign) => {
    const { attempt, to } = call.order;
    const earlier = (byLead.get(row.leadId) ?? []).filter((other) => other.result === undefined || !isOurFault(other));
    const last = earlier.at(-1);
    byLead.set(row.leadId, [...earlier, call]);
    if (earlier.some((other) => other.order.attempt === attempt)) report(`S1: attempt ${attempt} at ${to} left twice`);
    if (last !== undefined && attempt <= last.order.attempt) report(`S3: attempt ${attempt} at ${to} left after attempt ${last.order.attempt}`);
    if (attempt > campaign.retryPolicy.maxAttempts) report(`S9: attempt ${attempt} at ${to}, the policy allows ${campaign.retryPolicy.maxAttempts}`);
    if (last?.result !== undefined && last.life.isAlive && !last.course.throws) checkRetry(last, row, call);
  };

  const checkRetry = (last: FarCall, row: CampaignCallRow, call: FarCall) => {
    const policies: RetryPolicy[] = promises.policies.get(row.campaignId) ?? [];
    const ending = endingOf(last);
    if (last.result?.retry === "never") report(`S9: ${call.order.to} was called again, although it does not exist`);
    if (!policies.some((policy) => policy.retryOn.some((one) => one === ending))) report(`S9: ${call.order.to} was called again after ${ending}, which no policy asks for`);
  };

  return {
    onCall(call) {
      if (real.sqlite.inTransaction) report("S1: a call left in the middle of a transaction");
      const row = real.sqlite.query<CallRow | CampaignCallRow, [string]>(CALL).get(call.order.callId);
      if (row === null) return report(`S1: call ${call.order.callId} left without a committed row`);
      rows.set(call.order.callId, row);
      if (row.callStatus !== "placing") report(`S1: call ${call.order.callId} left although it is ${row.callStatus}`);
      const trunk = promises.trunks.get(call.order.trunk.id) ?? { maxConcurrent: row.trunkMaxConcurrent, callsPerSecond: row.callsPerSecond };
      checkList(call, row);
      checkCaps(call, trunk);
      if (!isOfCampaign(row)) return;
      const campaign = promises.campaigns.get(row.campaignId) ?? {
        maxConcurrent: row.maxConcurrent,
        schedule: JSON.parse(row.schedule) as Schedule,
        retryPolicy: JSON.parse(row.retryPolicy) as RetryPolicy,
      };
      checkHours(call, campaign);
      checkStatus(row);
      checkCampaignCap(call, row, campaign);
      checkAttempt(call, row, campaign);
    },
  };
}

function isOfCampaign(row: CallRow | CampaignCallRow): row is CampaignCallRow {
  return row.campaignId !== null;
}

function isOurFault({ result }: FarCall): boolean {
  return result?.retry === "requeue" || result?.retry === "halt";
}

/** By the contract: a conversation under three seconds was none. */
function endingOf({ result }: FarCall): string | undefined {
  return result?.ending === "completed" && result.talkMs < 3 * SECOND ? "no_answer" : result?.ending;
}
