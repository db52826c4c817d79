// Which trunks stand in for which. Pure; whoever looks for another way asks here.

/** Trunks that stand in for one, one for the other. */
const MOST_STAND_INS = 4;

/**
 * The trunk, and those that take its calls while it has a fault, in this order; a circle ends where it began. `find` is asked once for
 * each; what it does not find ends the chain.
 */
export function chainFrom<T extends { fallbackTrunkId: string | null }>(id: string, find: (id: string) => T | null | undefined): T[] {
  const chain = new Map<string, T>();
  let next: string | null = id;
  while (next !== null && chain.size <= MOST_STAND_INS && !chain.has(next)) {
    const trunk = find(next);
    if (trunk === null || trunk === undefined) break;
    chain.set(next, trunk);
    next = trunk.fallbackTrunkId;
  }
  return [...chain.values()];
}
