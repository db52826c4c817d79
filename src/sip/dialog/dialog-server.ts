// Requests that come to us inside a call: BYE, re-INVITE, UPDATE, OPTIONS, INFO (RFC 3261 §12.2.2, §14.2). Answers each
// once, repeats the answer to a repeated request, and leaves what they mean for the call to invite-call.ts.

import type { Cancel, Clock } from "../../runtime/clock.ts";
import { answer } from "../transaction/answers.ts";
import type { CallFacts } from "../call/call-requests.ts";
import type { Destination } from "../call/call-trace.ts";
import { type Dialog, isOfDialog, noteRequest, refreshTarget } from "./dialog.ts";
import { type Header, type IncomingRequest, listOf, serialise } from "../message/message.ts";
import { textOf } from "../message/body.ts";
import { infoKey } from "../message/info-key.ts";
import { LEAST_SESSION_SECONDS, type Session, sessionAnswer, sessionOfRequest } from "./session-timer.ts";
import { patienceMs, type SipTimers } from "../transaction/timers.ts";
import type { Wire } from "../transport/wire.ts";

export interface DialogServerOptions {
  clock: Pick<Clock, "after">;
  wire: Wire;
  timers: SipTimers;
  facts: () => CallFacts;
  dialogs: Map<string, Dialog>;
  events: DialogServerEvents;
}

export interface DialogServerEvents {
  bye(request: IncomingRequest): void;
  /** A new description of the peer, or a request for ours; the answer's text, or the status that refuses it. */
  renegotiate(sdp: string | undefined): { sdp: string } | { status: 488 | 491 };
  /** A key that was told by INFO. */
  pressed(key: string): void;
  /** The answer to an offer that we gave in a 200, in its ACK. */
  answered(sdp: string): void;
  /** A refresh of the session, with the timer that now holds. */
  refreshed(session: Session | undefined): void;
  /** Our 200 to a re-INVITE was never acknowledged: the peer is gone (§14.2). */
  lost(): void;
}

export interface DialogServer {
  receive(request: IncomingRequest, from: Destination): void;
  stop(): void;
}

/** Answers that are kept for repeats; a call has few requests at a time. */
const MOST_KEPT = 8;
const knownExtensions = ["timer", "100rel"];

interface Reply {
  status: number;
  headers?: readonly Header[];
  sdp?: string;
}

interface Server extends DialogServerOptions {
  /** Answers by branch, number and method, for repeats of their requests. */
  kept: Map<string, Uint8Array>;
  /** 200s to re-INVITEs that wait for their ACK, by CSeq number. */
  unacknowledged: Map<number, { stop: Cancel; lateOffer: boolean }>;
}

/** One for each call. Answers leave before the event that they cause is told. */
export function createDialogServer(options: DialogServerOptions): DialogServer {
  const server: Server = { ...options, kept: new Map(), unacknowledged: new Map() };
  return {
    receive: (request, from) => (request.method === "ACK" ? takeAck(server, request) : take(server, request, from)),
    stop() {
      for (const { stop } of server.unacknowledged.values()) stop();
      server.unacknowledged.clear();
    },
  };
}

function take(server: Server, request: IncomingRequest, from: Destination): void {
  const { kept, wire, events } = server;
  const key = `${request.via.parameters.get("branch") ?? ""} ${request.cseq.number} ${request.method}`;
  const known = kept.get(key);
  if (known !== undefined) return void wire.send(known, from);
  const reply = replyTo(server, request);
  const bytes = serialise(
    answer(request, reply.status, from, { headers: reply.headers ?? [], ...(reply.sdp === undefined ? {} : { sdp: reply.sdp }) }),
  );
  const [oldest] = kept.keys();
  if (kept.size >= MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  kept.set(key, bytes);
  wire.send(bytes, from);
  if (request.method === "INVITE" && reply.status === 200) repeatUntilAcknowledged(server, request, bytes, from);
  if (request.method === "BYE" && reply.status === 200) events.bye(request);
  const pressed = request.method === "INFO" && reply.status === 200 ? infoKey(request) : undefined;
  if (pressed !== undefined) events.pressed(pressed);
}

function takeAck({ unacknowledged, events }: Server, request: IncomingRequest): void {
  const waiting = unacknowledged.get(request.cseq.number);
  if (waiting === undefined) return;
  waiting.stop();
  unacknowledged.delete(request.cseq.number);
  if (waiting.lateOffer) events.answered(textOf(request) ?? "");
}

/** A 2xx to an INVITE is repeated end to end until its ACK comes, over any transport (§13.3.1.4). */
function repeatUntilAcknowledged(
  { clock, timers, wire, unacknowledged, events }: Server,
  request: IncomingRequest,
  bytes: Uint8Array,
  to: Destination,
): void {
  const cseq = request.cseq.number;
  let waitedMs = 0;
  let stop: Cancel = () => undefined;
  const again = (pauseMs: number): void => {
    stop = clock.after(pauseMs, () => {
      waitedMs += pauseMs;
      if (waitedMs >= patienceMs(timers)) {
        unacknowledged.delete(cseq);
        return events.lost();
      }
      wire.send(bytes, to);
      again(Math.min(timers.t2Ms, pauseMs * 2));
    });
  };
  again(timers.t1Ms);
  unacknowledged.set(cseq, { stop: () => stop(), lateOffer: textOf(request) === undefined });
}

function replyTo(server: Server, request: IncomingRequest): Reply {
  const tag = request.from.parameters.get("tag") ?? "";
  const dialog = server.dialogs.get(tag);
  if (dialog === undefined || !isOfDialog(dialog, request)) return { status: 481 };
  const noted = noteRequest(dialog, request);
  if (noted === undefined) return { status: 500 };
  server.dialogs.set(tag, noted);
  const unknown = listOf(request, "Require").filter((extension) => !knownExtensions.includes(extension.toLowerCase()));
  if (unknown.length > 0) return { status: 420, headers: [["Unsupported", unknown.join(", ")]] };
  switch (request.method) {
    case "BYE":
      // Only the caller may send BYE before the call is answered (§15).
      return { status: noted.confirmed ? 200 : 481 };
    case "INVITE":
      return noted.confirmed ? negotiate(server, request, noted) : { status: 491 };
    case "UPDATE":
      return negotiate(server, request, noted);
    case "OPTIONS":
    case "INFO":
      return { status: 200 };
    case "PRACK":
    case "CANCEL":
      return { status: 481 };
    case "REFER":
      // Whoever is called must not make us call others.
      return { status: 603 };
    default:
      return { status: 405 };
  }
}

function negotiate({ dialogs, events, facts }: Server, request: IncomingRequest, dialog: Dialog): Reply {
  const session = sessionOfRequest(request);
  if (session === "tooSmall") return { status: 422, headers: [["Min-SE", String(LEAST_SESSION_SECONDS)]] };
  const offer = textOf(request);
  const wantsSdp = offer !== undefined || request.method === "INVITE";
  const outcome = wantsSdp ? events.renegotiate(offer) : undefined;
  if (outcome !== undefined && "status" in outcome) return { status: outcome.status };
  dialogs.set(dialog.remoteTag, refreshTarget(dialog, request));
  events.refreshed(session);
  const headers: Header[] = [["Contact", facts().contact]];
  if (session !== undefined) headers.push(["Session-Expires", sessionAnswer(session)], ["Require", "timer"]);
  return { status: 200, headers, ...(outcome === undefined ? {} : { sdp: outcome.sdp }) };
}
