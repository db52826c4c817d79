// Runs a client transaction: performs the effects that its pure machine returns, on a clock and a wire.

import type { Cancel, Clock } from "../../runtime/clock.ts";
import { idleInvite, stepInvite, type TimerName, type TransactionInput, type TransactionTimers } from "./invite-transaction.ts";
import type { IncomingResponse } from "../message/message.ts";
import { idleRequest, stepRequest } from "./non-invite-transaction.ts";

export interface ClientTransactionOptions {
  clock: Pick<Clock, "after">;
  timers: TransactionTimers;
  invite: boolean;
  /** Sends the request; also for repeats. False: it cannot leave. */
  send: () => boolean;
  /** Acknowledges a final answer of 300 or more. Only asked of an INVITE. */
  acknowledge?: (response: IncomingResponse) => void;
  /** Each provisional response, each 2xx of an INVITE, and the final response once. */
  onResponse: (response: IncomingResponse) => void;
  onFailure: (kind: "timeout" | "unreachable") => void;
}

export interface ClientTransaction {
  receive(response: IncomingResponse): void;
  /** Forgets everything; no callback follows. */
  stop(): void;
}

/** The first packet leaves before this returns. `onFailure` never runs within the call. */
export function startTransaction(options: ClientTransactionOptions): ClientTransaction {
  const { clock, timers } = options;
  const running: Partial<Record<TimerName, Cancel>> = {};
  let invite = idleInvite;
  let request = idleRequest;
  let stopped = false;

  const take = (input: TransactionInput, response?: IncomingResponse): void => {
    if (stopped) return;
    const step = options.invite ? stepInvite(invite, input, timers) : stepRequest(request, input, timers);
    if (options.invite) invite = step.state as typeof invite;
    else request = step.state as typeof request;
    for (const effect of step.effects) {
      switch (effect.kind) {
        case "send":
          if (!options.send()) running.linger = clock.after(0, () => take({ kind: "unreachable" }));
          break;
        case "ack":
          if (response !== undefined) options.acknowledge?.(response);
          break;
        case "start":
          running[effect.timer]?.();
          running[effect.timer] = clock.after(effect.afterMs, () => take({ kind: "timer", timer: effect.timer }));
          break;
        case "stop":
          running[effect.timer]?.();
          break;
        case "report":
          if (response !== undefined) options.onResponse(response);
          break;
        default:
          options.onFailure(effect.kind);
      }
    }
  };

  take({ kind: "start" });
  return {
    receive: (response) => take({ kind: "response", status: response.status }, response),
    stop() {
      stopped = true;
      for (const cancel of Object.values(running)) cancel();
    },
  };
}
