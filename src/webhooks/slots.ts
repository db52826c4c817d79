// Which of the due deliveries start now, so that a slow receiver takes no more than its share. Pure.

/** Something due, with the host it goes to. */
interface Due {
  id: string;
  host: string;
  nextAttemptAt: number;
}

export interface SlotBounds {
  maxInFlight: number;
  maxPerHost: number;
}

/**
 * Gives the free slots away one by one, each to the host with the fewest in flight, and there to the longest due.
 * `due` is in order within each host and may hold what is in flight already; `inFlight` is id → host.
 */
export function chooseStarts<T extends Due>(
  due: readonly T[],
  inFlight: ReadonlyMap<string, string>,
  { maxInFlight, maxPerHost }: SlotBounds,
): T[] {
  const load = new Map<string, number>();
  for (const host of inFlight.values()) load.set(host, (load.get(host) ?? 0) + 1);
  const queues = Map.groupBy(
    due.filter(({ id }) => !inFlight.has(id)),
    ({ host }) => host,
  );

  const chosen: T[] = [];
  while (inFlight.size + chosen.length < maxInFlight) {
    let best: T | undefined;
    for (const [host, [first]] of queues) {
      if (first === undefined || (load.get(host) ?? 0) >= maxPerHost) continue;
      if (best === undefined || isBefore(first, best, load)) best = first;
    }
    if (best === undefined) break;
    queues.get(best.host)?.shift();
    load.set(best.host, (load.get(best.host) ?? 0) + 1);
    chosen.push(best);
  }
  return chosen;
}

function isBefore(a: Due, b: Due, load: ReadonlyMap<string, number>): boolean {
  const difference = (load.get(a.host) ?? 0) - (load.get(b.host) ?? 0);
  return difference < 0 || (difference === 0 && a.nextAttemptAt < b.nextAttemptAt);
}
