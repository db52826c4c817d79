// The witness of every cap and every rate: the whole's, a trunk's, a number's, a campaign's. It counts what the carrier has.

import type { Carrier, FarCall } from "./carrier.ts";
import type { PromisedCampaign, PromisedCaps, Promises } from "./promises.ts";
import type { StoredCall } from "./stored.ts";

export interface CapWitness {
  onCall(call: FarCall, stored: StoredCall, campaign: PromisedCampaign | undefined): void;
}

export interface CapDependencies {
  carrier: () => Carrier;
  promises: Promises;
  /** Of the start of the process. */
  maxConcurrentCalls: number;
  report: (problem: string) => void;
}

const SECOND = 1_000;

export function createCapWitness({ carrier, promises, maxConcurrentCalls, report }: CapDependencies): CapWitness {
  const campaignOf = new Map<string, string>();
  const lastStarts = new Map<string, number[]>();

  const check = (
    call: FarCall,
    what: string,
    isMeant: (other: FarCall) => boolean,
    { maxConcurrent, callsPerSecond }: PromisedCaps,
    over: string,
  ) => {
    // Calls of an earlier life are told to end before the first call of this one.
    const open = carrier()
      .open()
      .filter((other) => other.life === call.life && isMeant(other)).length;
    if (open > (maxConcurrent ?? Infinity)) report(`S6: ${open} ${over}, ${what === "" ? "the" : "its"} cap is ${maxConcurrent}`);
    const starts = (lastStarts.get(what) ?? []).filter((at) => at > call.placedMs - SECOND);
    starts.push(call.placedMs);
    lastStarts.set(what, starts);
    if (starts.length > (callsPerSecond ?? Infinity))
      report(`S6: ${starts.length} calls within a second${what === "" ? "" : ` of ${what}`}, the rate is ${callsPerSecond}`);
  };

  const checkLine = ({ order }: FarCall, { phoneNumberId, number: stored }: StoredCall, campaign: PromisedCampaign | undefined) => {
    const number = promises.numbers.get(phoneNumberId) ?? stored;
    if (number.phoneNumber !== order.from) report(`S6: a call left from ${order.from}, but ${phoneNumberId} is ${number.phoneNumber}`);
    if (number.trunkId !== order.trunk.id)
      report(`S6: a call from ${order.from} left through ${order.trunk.id}, but that number is on ${number.trunkId}`);
    if (campaign !== undefined && ![campaign.phoneNumberId, ...campaign.phoneNumberIds].includes(phoneNumberId))
      report(`S6: a call left from ${order.from}, which is none of its campaign's numbers`);
    return number;
  };

  return {
    onCall(call, stored, campaign) {
      const { order } = call;
      const whole = promises.limits ?? stored.limits;
      const trunk = promises.trunks.get(order.trunk.id) ?? stored.trunk;
      const number = checkLine(call, stored, campaign);
      const campaignId = stored.lead?.campaignId;
      if (campaignId !== undefined) campaignOf.set(order.callId, campaignId);
      check(
        call,
        "",
        () => true,
        { ...whole, maxConcurrent: Math.min(maxConcurrentCalls, whole.maxConcurrent ?? Infinity) },
        "calls in the air",
      );
      check(call, `trunk ${order.trunk.id}`, (other) => other.order.trunk.id === order.trunk.id, trunk, `calls on trunk ${order.trunk.id}`);
      check(call, `number ${order.from}`, (other) => other.order.from === order.from, number, `calls from ${order.from}`);
      if (campaignId !== undefined && campaign !== undefined)
        check(
          call,
          `campaign ${campaignId}`,
          (other) => campaignOf.get(other.order.callId) === campaignId,
          campaign,
          `calls of ${campaignId} in the air`,
        );
      const twins = carrier()
        .open()
        .filter((other) => other.order.to === order.to);
      if (twins.length > 1) report(`S9: two calls to ${order.to} at once`);
    },
  };
}
