// The room that caps and rates leave: what the dispatcher's round, the claim and single calls ask before a call.

import type { Clock } from "../runtime/clock.ts";
import type { RateTicket } from "../runtime/rate.ts";
import { allotSlots } from "./capacity.ts";
import type { Paces, Rate } from "./pace.ts";
import type { CallerNumber, RosterEntry } from "./roster.ts";
import type { LineHealth } from "./health.ts";
import type { Parties, Usage } from "./usage.ts";

/** Bounds over the whole appliance; null bounds nothing. */
export interface WholeLimits {
  maxConcurrentCalls: number;
  maxCallsPerSecond: number | null;
}

type Trunk = RosterEntry["trunk"];

/** One transaction's view; `take` counts what is reserved on the way. */
export interface Room {
  /** Slots for each of the campaigns, by id. */
  allot(entries: readonly RosterEntry[]): Map<string, number>;
  /** Free slots over everything, starts in the current second included. */
  overall(): number;
  ofTrunk(trunk: Trunk): { slots: number; starts: number };
  ofNumber(number: CallerNumber): number;
  /** Infinity, unless the agent's bot is tried again with one call. */
  ofBot(agentId: string): number;
  /** Calls of the campaign that are in the air. */
  inFlight(entry: RosterEntry): number;
  /** Calls placed from a number since the start of the process. */
  usedSince(phoneNumberId: string): number;
  /** Takes a slot and a start under every rate that applies. */
  take(entry: RosterEntry, number: CallerNumber): RateTicket;
  takeSingle(trunk: Trunk, number: CallerNumber, agentId: string): RateTicket;
  /** Milliseconds until rates let the campaign start another call; undefined when they do not stop it. */
  nextStartIn(entry: RosterEntry): number | undefined;
  nextSingleIn(trunk: Trunk, number: CallerNumber): number | undefined;
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
  const room: Room = {
    allot(entries) {
      const demands = entries.map((entry) => {
        const numbers = entry.numbers.reduce((sum, number) => sum + Math.max(0, room.ofNumber(number)), 0);
        return { campaignId: entry.campaignId, trunkId: entry.trunk.id, agentId: entry.agentId, weight: entry.weight, maxConcurrent: entry.maxConcurrent, inFlight: room.inFlight(entry), freeStarts: Math.min(free(campaignRate(entry)), numbers) };
      });
      const bots = entries.flatMap(({ agentId }) => (room.ofBot(agentId) === Number.POSITIVE_INFINITY ? [] : [[agentId, room.ofBot(agentId)] as const]));
      return allotSlots(demands, { freeSlots: room.overall(), trunks: new Map(entries.map(({ trunk }) => [trunk.id, trunkRoom(room, trunk)])), bots: new Map(bots) });
    },
    overall: () => Math.min(limits.maxConcurrentCalls - usage.total(), free(whole)),
    ofTrunk(trunk) {
      const cap = health.trunks.isProbing(trunk.id, clock.now()) ? 1 : (trunk.maxConcurrent ?? Number.POSITIVE_INFINITY);
      return { slots: cap - usage.byTrunk(trunk.id), starts: free(trunkRate(trunk)) };
    },
    ofNumber: (number) => Math.min((number.maxConcurrent ?? Number.POSITIVE_INFINITY) - usage.byNumber(number.id), free(numberRate(number))),
    ofBot: (agentId) => (health.bots.isProbing(agentId, clock.now()) ? 1 - usage.byAgent(agentId) : Number.POSITIVE_INFINITY),
    inFlight: (entry) => usage.byCampaign(entry.campaignId),
    usedSince: (id) => placedFrom.get(id) ?? 0,
    take: (entry, number) =>
      take({ campaignId: entry.campaignId, trunkId: entry.trunk.id, phoneNumberId: number.id, agentId: entry.agentId }, [whole, trunkRate(entry.trunk), campaignRate(entry), numberRate(number)]),
    takeSingle: (trunk, number, agentId) => take({ campaignId: null, trunkId: trunk.id, phoneNumberId: number.id, agentId }, [whole, trunkRate(trunk), numberRate(number)]),
    nextStartIn: (entry) => paces.nextStartIn([whole, trunkRate(entry.trunk), campaignRate(entry), ...entry.numbers.map(numberRate)], nowMs),
    nextSingleIn: (trunk, number) => paces.nextStartIn([whole, trunkRate(trunk), numberRate(number)], nowMs),
  };
  return room;
}

function trunkRoom(room: Room, trunk: Trunk) {
  const { slots, starts } = room.ofTrunk(trunk);
  return { freeSlots: slots, freeStarts: starts };
}

function trunkRate({ id, callsPerSecond }: Trunk): Rate {
  return { name: `trunk ${id}`, perSecond: callsPerSecond };
}

function campaignRate({ campaignId, callsPerSecond }: RosterEntry): Rate {
  return { name: `campaign ${campaignId}`, perSecond: callsPerSecond };
}

function numberRate({ id, callsPerSecond }: CallerNumber): Rate {
  return { name: `number ${id}`, perSecond: callsPerSecond };
}
