// OPTIONS to a trunk at regular intervals: whether it answers, and a hole in the NAT that stays open.

import type { Cancel } from "../runtime/clock.ts";
import type { Destination } from "./call-trace.ts";
import { exchange, type ExchangePorts } from "./exchange.ts";
import type { IncomingResponse } from "./message.ts";
import type { TrunkAccount } from "./trunk-account.ts";
import type { TrunkOptions } from "./trunk-options.ts";
import { sipUri } from "./uri.ts";

export interface AliveState {
  /** Some trunks never answer OPTIONS: only one that did can be missed. */
  everAnswered: boolean;
  missed: number;
}

export const unknownAlive: AliveState = { everAnswered: false, missed: 0 };
/** Misses in a row after which a trunk that used to answer counts as gone. */
const MOST_MISSED = 2;

/** Any answer is a sign of life, a refusal too; but 503 says that it takes no calls now. Pure. */
export function noteAlive(state: AliveState, status: number | undefined): AliveState {
  return status === undefined || status === 503 ? { ...state, missed: state.missed + 1 } : { everAnswered: true, missed: 0 };
}

export function isGone({ everAnswered, missed }: AliveState): boolean {
  return everAnswered && missed >= MOST_MISSED;
}

/** What an answer to OPTIONS says to the person who set the trunk up; undefined when calls may go out. Pure. */
export function optionsProblem(response: IncomingResponse | undefined, place: string): string | undefined {
  if (response === undefined) return `${place} did not answer OPTIONS; check host, port and transport, and that it allows this address`;
  const said = `${place} answered OPTIONS with ${response.status} ${response.reason}`.trim();
  if (response.status === 401 || response.status === 407) return `${said}: username and password are missing or wrong`;
  if (response.status === 403) return `${said}: it does not allow this account or this address`;
  if (response.status === 503) return `${said}: it takes no calls now`;
  // 404, 405, 501 and their like: it is there, and knows no OPTIONS.
  return undefined;
}

export function sendOptions(ports: ExchangePorts, trunk: TrunkOptions, account: TrunkAccount, destination: Destination): Promise<IncomingResponse | undefined> {
  return new Promise((resolve) => {
    exchange(ports, {
      method: "OPTIONS",
      uri: sipUri("", trunk.domain),
      identity: sipUri(trunk.username ?? "outdial", trunk.domain),
      destination,
      account,
      headers: ({ address, port }) => [["Contact", `<${sipUri("outdial", address, port)}>`], ["Accept", "application/sdp"]],
      done: resolve,
    });
  });
}

export interface KeepAlive {
  isGone(): boolean;
  stop(): void;
}

export function keepAlive(ports: ExchangePorts, trunk: TrunkOptions, account: TrunkAccount, destination: () => Destination | undefined): KeepAlive {
  let state = unknownAlive;
  let cancel: Cancel = () => undefined;
  let stopped = false;
  const again = (): void => {
    cancel = ports.clock.after(trunk.keepAliveSeconds * 1_000, () => {
      const to = destination();
      if (to === undefined) return again();
      void sendOptions(ports, trunk, account, to).then((response) => {
        if (stopped) return;
        state = noteAlive(state, response?.status);
        again();
      });
    });
  };
  if (trunk.keepAliveSeconds > 0) again();
  return {
    isGone: () => isGone(state),
    stop() {
      stopped = true;
      cancel();
    },
  };
}
