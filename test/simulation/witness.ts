// The witness: looks at every call in the moment in which it reaches the carrier, and says what should not have been.
// It goes by the carrier's log, by what the operator was promised, and by an own reading of the hours; of the database
// it takes only what was committed.

import type { Db } from "../../src/database/open.ts";
import type { RetryPolicy } from "../../src/leads/retry.ts";
import type { Carrier, FarCall } from "./carrier.ts";
import { createCapWitness } from "./caps.ts";
import type { Hook } from "./hook.ts";
import { createHours } from "./hours.ts";
import { zonesOf } from "./places.ts";
import type { PromisedCampaign, PromisedLimits, Promises } from "./promises.ts";
import type { StoreFaults } from "./store.ts";
import { readStored, type StoredCall, type StoredLead } from "./stored.ts";

export interface WitnessDependencies {
  real: Db;
  carrier: () => Carrier;
  hook: Hook;
  promises: Promises;
  faults: StoreFaults;
  maxConcurrentCalls: number;
  report: (problem: string) => void;
}

export interface Witness {
  onCall(call: FarCall): void;
  /** Promised calls that left. */
  promisesKept(): number;
}

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

export function createWitness(deps: WitnessDependencies): Witness {
  const { real, promises, report, faults, hook } = deps;
  /** The calls of each lead that used an attempt, or may have. */
  const byLead = new Map<string, FarCall[]>();
  const byNumber = new Map<string, FarCall[]>();
  const caps = createCapWitness(deps);
  const isOpenAt = createHours();
  let kept = 0;

  const checkList = ({ order }: FarCall, { isListed }: StoredCall) => {
    if (promises.listed.has(order.to)) report(`S5: a call to ${order.to} left after the answer that it is on the list`);
    if (isListed) report(`S5: a call to ${order.to} left while it is on the list`);
    if (faults.isDncUnreadable) report("S11: a call left while nobody could read the list");
  };

  const checkHours = ({ order, placedAt }: FarCall, lead: StoredLead, { schedule, endAt }: PromisedCampaign) => {
    const zones = zonesOf(order.to, lead.timezone);
    const where = `${JSON.stringify(schedule)} for somebody in ${zones}`;
    if (!isOpenAt(schedule, zones, placedAt)) report(`S4: a call left outside the window ${where}`);
    else if (!isOpenAt(schedule, zones, placedAt + order.ringTimeoutMs - 1))
      report(`S4: a call left that may ring on after the window ${where}`);
    if (endAt !== null && placedAt >= Date.parse(endAt)) report(`S4: a call left after the end of its campaign, ${endAt}`);
    for (const [what, at] of [
      ["promised", lead.callbackAt],
      ["notBefore", lead.notBefore],
    ] as const) {
      if (at !== null && placedAt < at) report(`a call to ${order.to} left ${at - placedAt} ms before its time (${what})`);
    }
  };

  const checkStatus = ({ campaignId, campaignStatus }: StoredLead) => {
    const halted = promises.halted.get(campaignId);
    if (halted !== undefined) report(`S8: a call left after the answer that its campaign ${campaignId} is ${halted}`);
    if (campaignStatus !== "running") report(`S8: a call left although its campaign is ${campaignStatus}`);
  };

  /** Contact limits and the rest, by number, over all campaigns and single calls. */
  const checkContact = (
    call: FarCall,
    { lastTalkEndedAt }: StoredCall,
    lead: StoredLead,
    campaign: PromisedCampaign,
    limits: PromisedLimits,
  ) => {
    const { order, placedAt } = call;
    const earlier = (byNumber.get(order.to) ?? []).filter((other) => other !== call && !isOurFault(other));
    for (const { attempts, perHours } of [...campaign.contactLimits, ...limits.contactLimits]) {
      const within = earlier.filter((other) => other.placedAt + perHours * HOUR > placedAt).length;
      if (within >= attempts) report(`S9: call ${within + 1} to ${order.to} within ${perHours} hours, the limit is ${attempts}`);
    }
    const rest = campaign.restAfterConversationHours;
    if (rest === null || lead.callbackAt !== null || lastTalkEndedAt === undefined) return;
    if (placedAt < lastTalkEndedAt + rest * HOUR)
      report(`S9: a call to ${order.to} left in the rest of ${rest} hours after a conversation`);
  };

  const checkHook = ({ order }: FarCall, { id }: StoredLead, { preDialHook }: PromisedCampaign) => {
    if (preDialHook === null) return;
    const ageMs = hook.take({ leadId: id, phoneNumber: order.to, attempt: order.attempt });
    if (ageMs === undefined) report(`S11: a call to ${order.to} left without a yes of its campaign's hook`);
    else if (ageMs > 60 * SECOND) report(`S11: a call to ${order.to} left on a yes that is ${ageMs} ms old`);
  };

  const checkAttempt = (call: FarCall, lead: StoredLead, campaign: PromisedCampaign) => {
    const { attempt, to } = call.order;
    const earlier = (byLead.get(lead.id) ?? []).filter((other) => other.result === undefined || !isOurFault(other));
    const last = earlier.at(-1);
    byLead.set(lead.id, [...earlier, call]);
    if (earlier.some((other) => other.order.attempt === attempt)) report(`S1: attempt ${attempt} at ${to} left twice`);
    if (last !== undefined && attempt <= last.order.attempt)
      report(`S3: attempt ${attempt} at ${to} left after attempt ${last.order.attempt}`);
    // One that a person asked for, whatever the policy says.
    if (attempt <= lead.attemptsGranted) return;
    if (attempt > campaign.retryPolicy.maxAttempts)
      report(`S9: attempt ${attempt} at ${to}, the policy allows ${campaign.retryPolicy.maxAttempts}`);
    if (last?.result !== undefined && last.life.isAlive && !last.course.throws) checkRetry(last, lead, call);
  };

  const checkRetry = (last: FarCall, { campaignId }: StoredLead, call: FarCall) => {
    const policies: RetryPolicy[] = promises.policies.get(campaignId) ?? [];
    const ending = endingOf(last);
    if (last.result?.retry === "never") report(`S9: ${call.order.to} was called again, although it does not exist`);
    if (!policies.some((policy) => policy.retryOn.some((one) => one === ending)))
      report(`S9: ${call.order.to} was called again after ${ending}, which no policy asks for`);
  };

  return {
    promisesKept: () => kept,
    onCall(call) {
      if (real.sqlite.inTransaction) report("S1: a call left in the middle of a transaction");
      const stored = readStored(real, call.order.callId);
      if (stored === undefined) return report(`S1: call ${call.order.callId} left without a committed row`);
      if (stored.status !== "placing") report(`S1: call ${call.order.callId} left although it is ${stored.status}`);
      const { lead } = stored;
      const campaign = lead && (promises.campaigns.get(lead.campaignId) ?? lead.campaign);
      byNumber.set(call.order.to, [...(byNumber.get(call.order.to) ?? []), call]);
      checkList(call, stored);
      caps.onCall(call, stored, campaign);
      if (lead === undefined || campaign === undefined) return;
      if (lead.callbackAt !== null) kept += 1;
      checkHours(call, lead, campaign);
      checkStatus(lead);
      checkContact(call, stored, lead, campaign, promises.limits ?? stored.limits);
      checkHook(call, lead, campaign);
      checkAttempt(call, lead, campaign);
    },
  };
}

function isOurFault({ result }: FarCall): boolean {
  return result?.retry === "requeue" || result?.retry === "halt";
}

/** By the contract: a conversation under three seconds was none. */
function endingOf({ result }: FarCall): string | undefined {
  return result?.ending === "completed" && result.talkMs < 3 * SECOND ? "no_answer" : result?.ending;
}
