// The room that caps and rates leave: what the dispatcher's round, the claim and single calls ask before a call.

import type { Clock } from "../../runtime/clock.ts";
import type { RateTicket } from "../../runtime/rate.ts";
import { allotSlots, type Line } from "../rules/capacity.ts";
import { earliest } from "../rules/earliest.ts";
import type { Paces, Rate } from "./pace.ts";
import type { LineHealth } from "./health.ts";
import type { CallerNumber, LineTrunk } from "./lines.ts";
import type { RosterEntry } from "./roster.ts";
import type { Parties, Usage } from "./usage.ts";

/** Bounds over the whole appliance; null bounds nothing. */
export interface WholeLimits {
  maxConcurrentCalls: number;
  maxCallsPerSecond: number | null;
}

/** One transaction's view; `take` counts what is reserved on the way. */
export interface Room {
  /** Slots for each of the campaigns, by id. */
  allot(entries: readonly RosterEntry[]): Map<string, number>;
  /** Free slots over everything, starts in the current second included. */
  overall(): number;
  ofTrunk(trunk: LineTrunk): { slots: number; starts: number };
  /** Under the number's own caps and rates. */
  ofNumber(number: CallerNumber): number;
  /** Calls that may leave from the number now: its own room, its trunk's and that over everything; none while the trunk is held. */
  ofLine(number: CallerNumber): number;
  /** Infinity, unless the agent's bot is tried again with one call. */
  ofBot(agentId: string): number;
  /** Calls of the campaign that are in the air. */
  inFlight(entry: RosterEntry): number;
  /** Calls placed from a number since the start of the process. */
  usedSince(phoneNumberId: string): number;
  /** Takes a slot and a start under every rate that applies. */
  take(entry: RosterEntry, number: CallerNumber): RateTicket;
  takeSingle(number: CallerNumber, agentId: string): RateTicket;
  /** Milliseconds until rates let another of the campaign's numbers start a call; undefined when they stop none of them. */
  nextStartIn(entry: RosterEntry): number | undefined;
  nextSingleIn(number: CallerNumber): number | undefined;
}

export interface RoomDependencies {
  clock: Clock;
  health: LineHealth;
  paces: Paces;
  /** Calls placed from each number; lives as long as the process. */
  placedFrom: Map<string, number>;
}

/** `usage` is of the open transaction. */
export function createRoom({ clock, health, paces, placedFrom }: RoomDependencies, usage: Usage, limits: WholeLimits): Room {
  const nowMs = clock.monotonicMs();
  const whole: Rate = { name: "whole", perSecond: limits.maxCallsPerSecond };
  const free = (rate: Rate) => paces.free(rate, nowMs);
  const take = (call: Parties, rates: readonly Rate[]): RateTicket => {
    usage.add(call);
    placedFrom.set(call.phoneNumberId, (placedFrom.get(call.phoneNumberId) ?? 0) + 1);
    return paces.take(rates, nowMs);
  };
  const ratesOf = (number: CallerNumber): Rate[] => [whole, trunkRate(number.trunk), numberRate(number)];
  const room: Room = {
    allot(entries) {
      const demands = entries.map((entry) => ({
        campaignId: entry.campaignId,
        agentId: entry.agentId,
        lines: linesOf(room, entry),
        weight: entry.weight,
        maxConcurrent: entry.maxConcurrent,
        inFlight: room.inFlight(entry),
        freeStarts: free(campaignRate(entry)),
      }));
      const all = entries.flatMap(({ numbers }) => numbers.map(({ trunk }) => trunk));
      const bots = entries.flatMap(({ agentId }) =>
        room.ofBot(agentId) === Number.POSITIVE_INFINITY ? [] : [[agentId, room.ofBot(agentId)] as const],
      );
      return allotSlots(demands, {
        freeSlots: room.overall(),
        trunks: new Map(all.map((trunk) => [trunk.id, trunkRoom(room, trunk)])),
        bots: new Map(bots),
      });
    },
    overall: () => Math.min(limits.maxConcurrentCalls - usage.total(), free(whole)),
    ofTrunk(trunk) {
      const state = health.trunks.stateOf(trunk.id, clock.now());
      if (state === "held") return { slots: 0, starts: 0 };
      const cap = state === "probing" ? 1 : (trunk.maxConcurrent ?? Number.POSITIVE_INFINITY);
      return { slots: cap - usage.byTrunk(trunk.id), starts: free(trunkRate(trunk)) };
    },
    ofNumber: (number) =>
      Math.min((number.maxConcurrent ?? Number.POSITIVE_INFINITY) - usage.byNumber(number.id), free(numberRate(number))),
    ofLine(number) {
      const { slots, starts } = room.ofTrunk(number.trunk);
      return Math.min(slots, starts, room.ofNumber(number), room.overall());
    },
    ofBot: (agentId) => (health.bots.stateOf(agentId, clock.now()) === "probing" ? 1 - usage.byAgent(agentId) : Number.POSITIVE_INFINITY),
    inFlight: (entry) => usage.byCampaign(entry.campaignId),
    usedSince: (id) => placedFrom.get(id) ?? 0,
    take: (entry, number) =>
      take({ campaignId: entry.campaignId, trunkId: number.trunk.id, phoneNumberId: number.id, agentId: entry.agentId }, [
        ...ratesOf(number),
        campaignRate(entry),
      ]),
    takeSingle: (number, agentId) =>
      take({ campaignId: null, trunkId: number.trunk.id, phoneNumberId: number.id, agentId }, ratesOf(number)),
    nextStartIn: (entry) => earliest(entry.numbers.map((number) => paces.nextStartIn([...ratesOf(number), campaignRate(entry)], nowMs))),
    nextSingleIn: (number) => paces.nextStartIn(ratesOf(number), nowMs),
  };
  return room;
}

/** The trunks of a campaign's numbers, each with what its numbers there may take. */
function linesOf(room: Room, { numbers }: RosterEntry): Line[] {
  const lines = new Map<string, number>();
  for (const number of numbers) lines.set(number.trunk.id, (lines.get(number.trunk.id) ?? 0) + Math.max(0, room.ofNumber(number)));
  return [...lines].map(([trunkId, free]) => ({ trunkId, free }));
}

function trunkRoom(room: Room, trunk: LineTrunk) {
  const { slots, starts } = room.ofTrunk(trunk);
  return { freeSlots: slots, freeStarts: starts };
}

function trunkRate({ id, callsPerSecond }: LineTrunk): Rate {
  return { name: `trunk ${id}`, perSecond: callsPerSecond };
}

function campaignRate({ campaignId, callsPerSecond }: RosterEntry): Rate {
  return { name: `campaign ${campaignId}`, perSecond: callsPerSecond };
}

function numberRate({ id, callsPerSecond }: CallerNumber): Rate {
  return { name: `number ${id}`, perSecond: callsPerSecond };
}
