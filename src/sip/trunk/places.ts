// Where a trunk can be reached, kept up to date: resolved ahead of calls and again when the answer grows old, connections open,
// faulty places at the end of the line for a minute.

import { type Cancel, type Clock, MINUTE } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import type { Destination } from "../call/call-trace.ts";
import { type Dns, resolveAtOnce, type Resolution, resolveTrunk } from "../transport/resolve.ts";
import type { Transport } from "../transport/transport.ts";
import type { TrunkOptions } from "./trunk-options.ts";

export interface PlacesPorts {
  clock: Clock;
  transport: Transport;
  dns: Dns;
  random: Random;
}

export interface Places {
  all(): readonly Destination[];
  /** Those that a packet could leave to now, best first. */
  usable(): readonly Destination[];
  faulty(destination: Destination): void;
  /** Why there is no place at all; undefined when there is. */
  problem(): string | undefined;
  /** Resolves with the first answer, whatever it is. */
  opened: Promise<void>;
  close(): void;
}

const REST_MS = MINUTE;
const RETRY_DNS_MS = 5_000;
const keyOf = ({ address, port }: Destination) => `${address}:${port}`;

/** Asks at once; an address instead of a name needs no answer and is usable in the same turn. */
export function keepPlaces(options: TrunkOptions, { clock, transport, dns, random }: PlacesPorts): Places {
  const resting = new Map<string, number>();
  let places: readonly Destination[] = [];
  let problem: string | undefined = `${options.host} is not resolved yet`;
  let cancel: Cancel = () => undefined;
  let closed = false;

  const adopt = async ({ destinations, ttlMs }: Resolution): Promise<void> => {
    const gone = places.filter((old) => !destinations.some((place) => keyOf(place) === keyOf(old)));
    places = destinations;
    problem = destinations.length === 0 ? `${options.host} has no address` : undefined;
    for (const old of gone) transport.drop(old);
    cancel = clock.after(ttlMs, () => void resolveAgain());
    await Promise.all(destinations.map((place) => transport.prepare(place, options.tls)));
  };
  const resolveAgain = async (): Promise<void> => {
    try {
      const resolution = await resolveTrunk(options, dns, random);
      if (!closed) await adopt(resolution);
    } catch (error) {
      // What was known before stays in use: an old address is better than none.
      if (places.length === 0) problem = `${options.host} cannot be resolved: ${(error as Error).message}`;
      if (!closed) cancel = clock.after(RETRY_DNS_MS, () => void resolveAgain());
    }
  };
  const atOnce = resolveAtOnce(options);

  return {
    opened: atOnce === undefined ? resolveAgain() : adopt(atOnce),
    all: () => places,
    usable() {
      const usable = places.filter((place) => transport.problem(place) === undefined && transport.own(place) !== undefined);
      if (usable.length < 2) return usable;
      const now = clock.monotonicMs();
      const isResting = (place: Destination) => (resting.get(keyOf(place)) ?? 0) > now;
      return [...usable.filter((place) => !isResting(place)), ...usable.filter(isResting)];
    },
    faulty: (destination) => void resting.set(keyOf(destination), clock.monotonicMs() + REST_MS),
    problem: () => problem,
    close() {
      closed = true;
      cancel();
      for (const place of places) transport.drop(place);
    },
  };
}
