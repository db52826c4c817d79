// How many more calls each campaign may place now: caps, calls in flight and rates in, slots out.

/** A campaign that may dial, with what it already has in the air. */
export interface Demand {
  campaignId: string;
  trunkId: string;
  agentId: string;
  /** The campaign's own cap. */
  maxConcurrent: number;
  inFlight: number;
  /** Starts left under its own rate and those of its numbers; Infinity without a rate. */
  freeStarts: number;
  /** Its share beside others: twice the weight, twice the calls. */
  weight: number;
}

/** What a trunk may still take. */
export interface TrunkRoom {
  /** Infinity when the trunk has no cap of its own. */
  freeSlots: number;
  /** Starts left in the current second; Infinity without a rate. */
  freeStarts: number;
}

/** Over everything. */
export interface WholeRoom {
  freeSlots: number;
  trunks: ReadonlyMap<string, TrunkRoom>;
  /** Free slots of agents whose bot is bounded; one that is not there is not. */
  bots: ReadonlyMap<string, number>;
}

/**
 * Slots for each campaign, by id; campaigns without any are left out. Every slot goes to the campaign that then has the
 * fewest calls in flight for its weight (ties: the order given), so that a large campaign never starves a small one.
 */
export function allotSlots(demands: readonly Demand[], room: WholeRoom): Map<string, number> {
  const slots = new Map<string, number>();
  const trunkSlots = new Map([...room.trunks].map(([id, trunk]) => [id, Math.min(trunk.freeSlots, trunk.freeStarts)]));
  const botSlots = new Map(room.bots);
  const hasRoom = ({ trunkId, agentId }: Demand) => (trunkSlots.get(trunkId) ?? 0) > 0 && (botSlots.get(agentId) ?? 1) > 0;
  const open = demands.map((demand) => ({ ...demand }));
  for (let free = room.freeSlots; free > 0; free -= 1) {
    const next = poorest(open.filter((demand) => demand.inFlight < demand.maxConcurrent && demand.freeStarts > 0 && hasRoom(demand)));
    if (next === undefined) break;
    next.inFlight += 1;
    next.freeStarts -= 1;
    trunkSlots.set(next.trunkId, (trunkSlots.get(next.trunkId) ?? 0) - 1);
    const ofBot = botSlots.get(next.agentId);
    if (ofBot !== undefined) botSlots.set(next.agentId, ofBot - 1);
    slots.set(next.campaignId, (slots.get(next.campaignId) ?? 0) + 1);
  }
  return slots;
}

function poorest<T extends { inFlight: number; weight: number }>(demands: readonly T[]): T | undefined {
  return demands.reduce<T | undefined>((best, demand) => (best === undefined || demand.inFlight / demand.weight < best.inFlight / best.weight ? demand : best), undefined);
}
