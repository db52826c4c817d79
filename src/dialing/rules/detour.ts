// The way round a trunk that has a fault: by the trunks that stand in for it. Pure; used by the round, the claim and single calls.

/** How a trunk stands: `probing` takes one call at a time, to find out whether it works again. */
export type TrunkState = "works" | "probing" | "held";

interface Trunk {
  id: string;
}

/** A number with its trunk, and those that stand in for it in this order. */
interface Routed<T extends Trunk> {
  trunk: T;
  fallbacks: readonly T[];
}

/**
 * The numbers as they may call now: those of a trunk that is held by the first that stands in for it and is not, and those of
 * one that is being probed by both. A number that nobody stands in for stays as it is.
 */
export function aroundFaults<T extends Trunk, N extends Routed<T>>(numbers: readonly N[], stateOf: (trunkId: string) => TrunkState): N[] {
  return numbers.flatMap((number) => {
    const state = stateOf(number.trunk.id);
    if (state === "works") return [number];
    const instead = number.fallbacks.find((trunk) => stateOf(trunk.id) === "works");
    if (instead === undefined) return [number];
    const detour = { ...number, trunk: instead };
    return state === "held" ? [detour] : [number, detour];
  });
}

/** For a person whose call a trunk has just given back: the numbers by the next trunk in line, where there is one. */
export function avoiding<T extends Trunk, N extends Routed<T>>(numbers: readonly N[], trunkId: string, stateOf: (trunkId: string) => TrunkState): N[] {
  return numbers.map((number) => {
    const instead = number.trunk.id === trunkId ? number.fallbacks.find((trunk) => trunk.id !== trunkId && stateOf(trunk.id) === "works") : undefined;
    return instead === undefined ? number : { ...number, trunk: instead };
  });
}
