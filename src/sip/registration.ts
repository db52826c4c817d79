// Registration of a trunk's account (RFC 3261 §10): REGISTER, again before it runs out, and once more to leave.

import type { Cancel } from "../runtime/clock.ts";
import type { Destination } from "./call-trace.ts";
import { exchange, type ExchangePorts } from "./exchange.ts";
import { parseNameAddr } from "./header-values.ts";
import { headerOf, type IncomingResponse, listOf } from "./message.ts";
import type { TrunkAccount } from "./trunk-account.ts";
import type { TrunkOptions } from "./trunk-options.ts";
import { parseUri, sipUri } from "./uri.ts";

/** What an answer to REGISTER means for the next one. */
export type RegistrationStep =
  | { kind: "registered"; refreshInMs: number }
  /** 423: the registrar wants longer intervals. */
  | { kind: "longer"; seconds: number }
  | { kind: "refused"; problem: string; retryInMs: number };

const RETRY_MS = 30_000;
/** Wrong credentials do not heal by themselves, and registrars lock out those who insist. */
const RETRY_FORBIDDEN_MS = 300_000;

/** Pure. `asked` is the interval of the request, `contactHost` the host of our Contact. */
export function registrationStep(response: IncomingResponse | undefined, asked: number, contactHost: string): RegistrationStep {
  if (response === undefined) return { kind: "refused", problem: "REGISTER was not answered", retryInMs: RETRY_MS };
  if (response.status < 300) {
    const seconds = grantedSeconds(response, contactHost) ?? asked;
    // A tenth of the interval, 10 s at least, is left for a second try.
    return { kind: "registered", refreshInMs: Math.max(5, seconds - Math.max(10, seconds / 10)) * 1_000 };
  }
  const least = Number(headerOf(response, "Min-Expires") ?? "");
  if (response.status === 423 && least > asked && least <= 86_400) return { kind: "longer", seconds: least };
  const forbidden = [401, 403, 404, 407].includes(response.status);
  return { kind: "refused", problem: `REGISTER was answered with ${response.status} ${response.reason}`.trim(), retryInMs: forbidden ? RETRY_FORBIDDEN_MS : RETRY_MS };
}

/** Of our own binding among those that the registrar lists, else of the Expires header (§10.3). */
function grantedSeconds(response: IncomingResponse, contactHost: string): number | undefined {
  const bindings = listOf(response, "Contact").map(parseNameAddr);
  const own = bindings.find((binding) => binding !== undefined && parseUri(binding.uri)?.host === contactHost) ?? bindings[0];
  const text = own?.parameters.get("expires") ?? headerOf(response, "Expires") ?? "";
  return /^\d{1,6}$/.test(text) && Number(text) > 0 ? Number(text) : undefined;
}

export interface Registration {
  /** Why calls cannot leave; undefined while registered. */
  problem(): string | undefined;
  /** Resolves with the answer to the REGISTER under way, or at once. */
  settled(): Promise<void>;
  /** Takes the binding back; resolves when the registrar has heard of it, or will not. */
  stop(): Promise<void>;
}

export function keepRegistered(ports: ExchangePorts, trunk: TrunkOptions, account: TrunkAccount, destination: () => Destination | undefined): Registration {
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
