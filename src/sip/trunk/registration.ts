// Registration of a trunk's account (RFC 3261 §10): REGISTER, again before it runs out, and once more to leave.

import type { Cancel } from "../../runtime/clock.ts";
import type { Destination } from "../call/call-trace.ts";
import { exchange, type ExchangePorts } from "../transaction/exchange.ts";
import type { IncomingResponse } from "../message/message.ts";
import { registrationStep } from "./registration-step.ts";
import type { TrunkAccount } from "./trunk-account.ts";
import type { TrunkOptions } from "./trunk-options.ts";
import { sipUri } from "../message/uri.ts";

export interface Registration {
  /** Why calls cannot leave; undefined while registered. */
  problem(): string | undefined;
  /** Resolves with the answer to the REGISTER under way, or at once. */
  settled(): Promise<void>;
  /** Takes the binding back; resolves when the registrar has heard of it, or will not. */
  stop(): Promise<void>;
}

/** Registers at once and stays registered until `stop`. */
export function keepRegistered(
  ports: ExchangePorts,
  trunk: TrunkOptions,
  account: TrunkAccount,
  destination: () => Destination | undefined,
): Registration {
  const series = { callId: ports.newId(), cseq: 0 };
  const uri = sipUri("", trunk.domain);
  const user = trunk.username ?? "outdial";
  let problem: string | undefined = "not registered yet";
  let cancel: Cancel = () => undefined;
  let stopped = false;
  let waiters: (() => void)[] = [];

  const register = (seconds: number, done: (response: IncomingResponse | undefined) => void): void => {
    const to = destination();
    if (to === undefined) return done(undefined);
    exchange(ports, {
      method: "REGISTER",
      uri,
      identity: sipUri(user, trunk.domain),
      destination: to,
      account,
      series: { callId: series.callId, nextCSeq: () => (series.cseq += 1) },
      headers: ({ address, port }) => [
        ["Contact", `<${sipUri(user, address, port)}${trunk.transport === "udp" ? "" : `;transport=${trunk.transport}`}>`],
        ["Expires", String(seconds)],
      ],
      done,
    });
  };

  const again = (seconds: number): void => {
    register(seconds, (response) => {
      if (stopped) return;
      const to = destination();
      const step = registrationStep(response, seconds, (to === undefined ? undefined : ports.wire.own(to)?.address) ?? "");
      if (step.kind === "longer") return again(step.seconds);
      problem = step.kind === "registered" ? undefined : step.problem;
      cancel = ports.clock.after(step.kind === "registered" ? step.refreshInMs : step.retryInMs, () => again(seconds));
      const waiting = waiters;
      waiters = [];
      for (const wake of waiting) wake();
    });
  };
  again(trunk.registerSeconds);

  return {
    problem: () => problem,
    settled: () => (problem === "not registered yet" ? new Promise((resolve) => void waiters.push(resolve)) : Promise.resolve()),
    stop() {
      if (stopped) return Promise.resolve();
      stopped = true;
      cancel();
      if (problem !== undefined) return Promise.resolve();
      return new Promise((resolve) => register(0, () => resolve()));
    },
  };
}
