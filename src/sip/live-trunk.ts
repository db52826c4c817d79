// A trunk in service: its places resolved ahead and again, its connections open, its account registered. sip-dialer.ts
// holds one for each trunk that calls go through.

import { type Cancel, MINUTE } from "../runtime/clock.ts";
import type { Random } from "../runtime/random.ts";
import type { Destination } from "./call-trace.ts";
import type { ExchangePorts } from "./exchange.ts";
import { type KeepAlive, keepAlive, sendOptions } from "./keep-alive.ts";
import { optionsProblem } from "./liveness.ts";
import { keepRegistered, type Registration } from "./registration.ts";
import { type Dns, resolveAtOnce, type Resolution, resolveTrunk } from "./resolve.ts";
import type { Transport } from "./transport.ts";
import { createAccount, type TrunkAccount } from "./trunk-account.ts";
import type { TrunkOptions } from "./trunk-options.ts";

export interface LiveTrunk {
  options: TrunkOptions;
  account: TrunkAccount;
  /** Where a call can go now, best first; empty when it cannot, and `problem` says why. */
  destinations(): readonly Destination[];
  problem(): string | undefined;
  trusts(address: string): boolean;
  /** Goes to the end of the line for a minute. */
  faulty(destination: Destination): void;
  /** Resolved, connected and registered, or found impossible. */
  ready(): Promise<void>;
  /** Asks the trunk; why calls cannot leave, in words. */
  test(): Promise<string | undefined>;
  close(): Promise<void>;
}

export interface LiveTrunkPorts extends ExchangePorts {
  transport: Transport;
  dns: Dns;
  random: Random;
}

const REST_MS = MINUTE;
const RETRY_DNS_MS = 5_000;

/** Begins to resolve, connect and register at once; `ready` says when that is done. */
export function openTrunk(options: TrunkOptions, ports: LiveTrunkPorts): LiveTrunk {
  const { clock, transport, dns, random } = ports;
  const { username, password } = options;
  const account = createAccount(username === undefined || password === undefined ? undefined : { username, password, realm: options.realm }, ports.newId);
  const resting = new Map<string, number>();
  let places: readonly Destination[] = [];
  let dnsProblem: string | undefined = `${options.host} is not resolved yet`;
  let cancel: Cancel = () => undefined;
  let closed = false;
  let registration: Registration | undefined;
  let alive: KeepAlive | undefined;

  const keyOf = ({ address, port }: Destination) => `${address}:${port}`;
  const adopt = async ({ destinations, ttlMs }: Resolution): Promise<void> => {
    const gone = places.filter((old) => !destinations.some((place) => keyOf(place) === keyOf(old)));
    places = destinations;
    dnsProblem = destinations.length === 0 ? `${options.host} has no address` : undefined;
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
      if (places.length === 0) dnsProblem = `${options.host} cannot be resolved: ${(error as Error).message}`;
      if (!closed) cancel = clock.after(RETRY_DNS_MS, () => void resolveAgain());
    }
  };
  const destinations = (): readonly Destination[] => {
    const usable = places.filter((place) => transport.problem(place) === undefined && transport.own(place) !== undefined);
    const now = clock.monotonicMs();
    const isResting = (place: Destination) => (resting.get(keyOf(place)) ?? 0) > now;
    return usable.length < 2 ? usable : [...usable.filter((place) => !isResting(place)), ...usable.filter(isResting)];
  };
  const first = () => destinations()[0];

  // An address needs no answer from DNS: calls may leave at once.
  const atOnce = resolveAtOnce(options);
  const opened = (atOnce === undefined ? resolveAgain() : adopt(atOnce)).then(() => {
    if (closed) return;
    if (options.register) registration = keepRegistered(ports, options, account, first);
    alive = keepAlive(ports, options, account, first);
  });

  const problem = (): string | undefined => {
    if (dnsProblem !== undefined) return dnsProblem;
    if (first() === undefined) return `${options.host} cannot be reached over ${options.transport}: ${places.map((place) => transport.problem(place)).find(Boolean) ?? "no way to it"}`;
    if (alive?.isGone() === true) return `${options.host} does not answer OPTIONS any more`;
    return options.register ? (registration === undefined ? "not registered yet" : registration.problem()) : undefined;
  };

  return {
    options,
    account,
    destinations: () => (problem() === undefined ? destinations() : []),
    problem,
    trusts: (address) => places.some((place) => place.address === address) || options.trustedAddresses.includes(address),
    faulty: (destination) => void resting.set(keyOf(destination), clock.monotonicMs() + REST_MS),
    async ready() {
      await opened;
      await registration?.settled();
    },
    async test() {
      await this.ready();
      const place = first();
      if (place === undefined || options.register) return problem();
      const name = `${options.host} (${place.address}:${place.port}, ${place.protocol})`;
      return optionsProblem(await sendOptions(ports, options, account, place), name);
    },
    async close() {
      closed = true;
      cancel();
      alive?.stop();
      await registration?.stop();
      for (const place of places) transport.drop(place);
    },
  };
}
