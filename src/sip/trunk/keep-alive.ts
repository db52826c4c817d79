// OPTIONS to a trunk at regular intervals: whether it answers, and a hole in the NAT that stays open.

import type { Cancel } from "../../runtime/clock.ts";
import type { Destination } from "../call/call-trace.ts";
import { exchange, type ExchangePorts } from "../transaction/exchange.ts";
import type { IncomingResponse } from "../message/message.ts";
import { isGone, noteAlive, unknownAlive } from "./liveness.ts";
import type { TrunkAccount } from "./trunk-account.ts";
import type { TrunkOptions } from "./trunk-options.ts";
import { sipUri } from "../message/uri.ts";

/** The final response, or undefined when none came within timer F. */
export function sendOptions(
  ports: ExchangePorts,
  trunk: TrunkOptions,
  account: TrunkAccount,
  destination: Destination,
): Promise<IncomingResponse | undefined> {
  return new Promise((resolve) => {
    exchange(ports, {
      method: "OPTIONS",
      uri: sipUri("", trunk.domain),
      identity: sipUri(trunk.username ?? "outdial", trunk.domain),
      destination,
      account,
      headers: ({ address, port }) => [
        ["Contact", `<${sipUri("outdial", address, port)}>`],
        ["Accept", "application/sdp"],
      ],
      done: resolve,
    });
  });
}

export interface KeepAlive {
  isGone(): boolean;
  stop(): void;
}

/** The first OPTIONS leaves after one interval; an interval of 0 sends none. */
export function keepAlive(
  ports: ExchangePorts,
  trunk: TrunkOptions,
  account: TrunkAccount,
  destination: () => Destination | undefined,
): KeepAlive {
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
