// A trunk in service: its places resolved ahead and again, its connections open, its account registered. sip-dialer.ts
// holds one for each trunk that calls go through.

import type { Random } from "../../runtime/random.ts";
import type { Destination } from "../call/call-trace.ts";
import type { ExchangePorts } from "../transaction/exchange.ts";
import { type KeepAlive, keepAlive, sendOptions } from "./keep-alive.ts";
import { absenceProblem, optionsProblem } from "./liveness.ts";
import { keepPlaces } from "./places.ts";
import { keepRegistered, type Registration } from "./registration.ts";
import type { Dns } from "../transport/resolve.ts";
import type { Transport } from "../transport/transport.ts";
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
  /** Why nobody seems to be there, in words. */
  absence(): Promise<string | undefined>;
  close(): Promise<void>;
}

export interface LiveTrunkPorts extends ExchangePorts {
  transport: Transport;
  dns: Dns;
  random: Random;
}

/** Begins to resolve, connect and register at once; `ready` says when that is done. */
export function openTrunk(options: TrunkOptions, ports: LiveTrunkPorts): LiveTrunk {
  const { transport } = ports;
  const { username, password } = options;
  const account = createAccount(
    username === undefined || password === undefined ? undefined : { username, password, realm: options.realm },
    ports.newId,
  );
  const places = keepPlaces(options, ports);
  let closed = false;
  let registration: Registration | undefined;
  let alive: KeepAlive | undefined;

  const first = () => places.usable()[0];
  const opened = places.opened.then(() => {
    if (closed) return;
    if (options.register) registration = keepRegistered(ports, options, account, first);
    alive = keepAlive(ports, options, account, first);
  });
  const ready = async (): Promise<void> => {
    await opened;
    await registration?.settled();
  };

  const problem = (): string | undefined => {
    if (places.problem() !== undefined) return places.problem();
    if (first() === undefined)
      return `${options.host} cannot be reached over ${options.transport}: ${
        places
          .all()
          .map((place) => transport.problem(place))
          .find(Boolean) ?? "no way to it"
      }`;
    if (alive?.isGone() === true) return `${options.host} does not answer OPTIONS any more`;
    return options.register ? (registration === undefined ? "not registered yet" : registration.problem()) : undefined;
  };

  const nameOf = ({ address, port, protocol }: Destination) => `${options.host} (${address}:${port}, ${protocol})`;

  return {
    options,
    account,
    destinations: () => (problem() === undefined ? places.usable() : []),
    problem,
    trusts: (address) => places.all().some((place) => place.address === address) || options.trustedAddresses.includes(address),
    faulty: places.faulty,
    ready,
    async test() {
      await ready();
      const place = first();
      if (place === undefined || options.register) return problem();
      return optionsProblem(await sendOptions(ports, options, account, place), nameOf(place));
    },
    async absence() {
      await ready();
      const place = first();
      return place === undefined ? problem() : absenceProblem(await sendOptions(ports, options, account, place), nameOf(place));
    },
    async close() {
      closed = true;
      alive?.stop();
      await registration?.stop();
      places.close();
    },
  };
}
