// How many more calls each campaign may place now: caps, calls in flight and rates in, slots out.

/** What a campaign's numbers on one trunk may still take: under their own caps and rates, the trunk's aside. */
export interface Line {
  trunkId: string;
  free: number;
}

/** A campaign that may dial, with what it already has in the air. */
export interface Demand {
  campaignId: string;
  /** Each trunk once. */
  lines: readonly Line[];
  agentId: string;
  /** The campaign's own cap. */
  maxConcurrent: number;
  inFlight: number;
  /** Starts left under its own rate; Infinity without one. */
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
 * fewest calls in flight for its weight (ties: the order given), so that a large campaign never starves a small one. It is
 * counted against that campaign's trunk with the most room: which number calls whom is not known yet, and the claim may find
 * another trunk better, or all of them full.
 */
export function allotSlots(demands: readonly Demand[], room: WholeRoom): Map<string, number> {
  const slots = new Map<string, number>();
  const trunkSlots = new Map([...room.trunks].map(([id, trunk]) => [id, Math.min(trunk.freeSlots, trunk.freeStarts)]));
  const botSlots = new Map(room.bots);
  const open = demands.map((demand) => ({ ...demand, lines: demand.lines.map((line) => ({ ...line })) }));
  const roomOf = (line: Line) => Math.min(line.free, trunkSlots.get(line.trunkId) ?? 0);
  const hasRoom = ({ lines, agentId }: Demand) => lines.some((line) => roomOf(line) > 0) && (botSlots.get(agentId) ?? 1) > 0;
  for (let free = room.freeSlots; free > 0; free -= 1) {
    const next = poorest(open.filter((demand) => demand.inFlight < demand.maxConcurrent && demand.freeStarts > 0 && hasRoom(demand)));
    if (next === undefined) break;
    const line = next.lines.reduce((best, other) => (roomOf(other) > roomOf(best) ? other : best));
    next.inFlight += 1;
    next.freeStarts -= 1;
    line.free -= 1;
    trunkSlots.set(line.trunkId, roomOf({ ...line, free: Number.POSITIVE_INFINITY }) - 1);
    const ofBot = botSlots.get(next.agentId);
    if (ofBot !== undefined) botSlots.set(next.agentId, ofBot - 1);
    slots.set(next.campaignId, (slots.get(next.campaignId) ?? 0) + 1);
  }
  return slots;
}

function poorest<T extends { inFlight: number; weight: number }>(demands: readonly T[]): T | undefined {
  return demands.reduce<T | undefined>(
    (best, demand) => (best === undefined || demand.inFlight / demand.weight < best.inFlight / best.weight ? demand : best),
    undefined,
  );
}
