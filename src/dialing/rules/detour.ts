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
  /** The trunk of its own, where `trunk` is one that stands in for it. */
  standsInFor?: T;
}

/**
 * The numbers as they may call now: those of a trunk that is held by the first that stands in for it and works, and those of
 * one that is being probed by both. Where none of them works, by the first that is being probed: nobody else might ever try
 * it. A number that nobody stands in for stays as it is.
 */
export function aroundFaults<T extends Trunk, N extends Routed<T>>(numbers: readonly N[], stateOf: (trunkId: string) => TrunkState): N[] {
  return numbers.flatMap((number) => {
    const state = stateOf(number.trunk.id);
    if (state === "works") return [number];
    const instead = (["works", "probing"] as const)
      .flatMap((wanted) => number.fallbacks.find((trunk) => stateOf(trunk.id) === wanted) ?? [])
      .at(0);
    if (instead === undefined) return [number];
    const detour = { ...number, trunk: instead, standsInFor: number.trunk };
    return state === "held" ? [detour] : [number, detour];
  });
}

/** For a person whose call a trunk has just given back: the numbers by the next trunk in line, where there is one. */
export function avoiding<T extends Trunk, N extends Routed<T>>(
  numbers: readonly N[],
  trunkId: string,
  stateOf: (trunkId: string) => TrunkState,
): N[] {
  return numbers.map((number) => {
    const instead =
      number.trunk.id === trunkId ? number.fallbacks.find((trunk) => trunk.id !== trunkId && stateOf(trunk.id) === "works") : undefined;
    return instead === undefined ? number : { ...number, trunk: instead };
  });
}
