// The door for packets: parses them, finds whose they are by Call-ID, and drops what comes from strangers without a word,
// because any answer tells a scanner that somebody is here.

import { type Clock, MINUTE } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { answer } from "../transaction/answers.ts";
import type { Destination } from "../call/call-trace.ts";
import { type IncomingMessage, type IncomingRequest, parseMessage, serialise } from "../message/message.ts";

/** A call, a registration or a probe, under its Call-ID. */
export interface Handler {
  receive(message: IncomingMessage, from: Destination): void;
  /** Whether this address may speak besides the trunks'. */
  mayHear(address: string): boolean;
  /** Frees what is left; called when the router forgets it. */
  stop(): void;
}

export interface RouterOptions {
  clock: Clock;
  log: Log;
  /** Whether a trunk of ours is reached at this address. */
  isTrunk: (address: string) => boolean;
  send: (bytes: Uint8Array, to: Destination) => void;
  /** For the To of answers outside of any call. */
  newTag: () => string;
}

export interface Router {
  add(callId: string, handler: Handler): void;
  /** Kept for repeats a while longer, then stopped. */
  removeAfter(callId: string, delayMs: number): void;
  receive(bytes: Uint8Array, from: Destination): void;
  stop(): void;
}

const MOST_SOURCES = 1_000;
const SWEEP_MS = 1_000;

/** One for all sockets. Malformed packets and strangers are dropped, with a line of the log each minute. */
export function createRouter({ clock, log, isTrunk, send, newTag }: RouterOptions): Router {
  const handlers = new Map<string, Handler>();
  // All wait equally long, so the first in is the first out and one timer serves them all.
  const leaving = new Map<string, number>();
  const complained = new Map<string, number>();
  let sweeping = false;

  const complain = (event: string, from: Destination, why: string): void => {
    const now = clock.monotonicMs();
    if (now - (complained.get(from.address) ?? -MINUTE) < MINUTE) return;
    if (complained.size >= MOST_SOURCES) complained.clear();
    complained.set(from.address, now);
    log.warn(event, { from: from.address, why });
  };

  const sweep = (): void => {
    const now = clock.monotonicMs();
    for (const [callId, dueAt] of leaving) {
      if (dueAt > now) break;
      leaving.delete(callId);
      handlers.get(callId)?.stop();
      handlers.delete(callId);
    }
    sweeping = leaving.size > 0;
    if (sweeping) clock.after(SWEEP_MS, sweep);
  };

  const answerOutside = (request: IncomingRequest, from: Destination): void => {
    if (request.method === "ACK") return;
    const statuses: Record<string, number> = { OPTIONS: 200, INVITE: 403, REGISTER: 403, SUBSCRIBE: 403, REFER: 403 };
    send(serialise(answer(request, statuses[request.method] ?? 481, from, { toTag: newTag() })), from);
  };

  return {
    add: (callId, handler) => void handlers.set(callId, handler),
    removeAfter(callId, delayMs) {
      leaving.set(callId, clock.monotonicMs() + delayMs);
      if (sweeping) return;
      sweeping = true;
      clock.after(SWEEP_MS, sweep);
    },
    receive(bytes, from) {
      const parsed = parseMessage(bytes);
      if ("keepAlive" in parsed) return;
      if ("refused" in parsed) return complain("sip.malformed", from, parsed.refused);
      const { message } = parsed;
      const handler = handlers.get(message.callId);
      if (handler === undefined && !isTrunk(from.address))
        return complain("sip.stranger", from, message.kind === "request" ? message.method : String(message.status));
      if (handler !== undefined) {
        if (isTrunk(from.address) || handler.mayHear(from.address)) return handler.receive(message, from);
        return complain("sip.stranger", from, "a packet for a call of a trunk");
      }
      if (message.kind === "request") answerOutside(message, from);
    },
    stop() {
      for (const handler of handlers.values()) handler.stop();
      handlers.clear();
      leaving.clear();
    },
  };
}
