// The INVITEs of one call: the first, and those that follow a challenge, a 422 or a destination that cannot be reached;
// and the CANCEL that takes them back. invite-call.ts decides what their answers mean for the call.

import { ackOfRefusal, type CallFacts, cancelRequest, inviteRequest } from "./call-requests.ts";
import type { Destination } from "./call-trace.ts";
import { type ClientTransaction, startTransaction } from "../transaction/client-transaction.ts";
import type { Cancel, Clock } from "../../runtime/clock.ts";
import { type Header, headerOf, type IncomingResponse, serialise } from "../message/message.ts";
import { intervalAfter422 } from "../dialog/session-timer.ts";
import { patienceMs, type SipTimers } from "../transaction/timers.ts";
import { createRequestCredentials, type RequestCredentials, type TrunkAccount } from "../trunk/trunk-account.ts";
import type { Wire } from "../transport/wire.ts";

export interface InviteLegOptions {
  clock: Pick<Clock, "after">;
  wire: Wire;
  timers: SipTimers;
  account: TrunkAccount;
  /** Tried in order; the next one only when it is certain that none before took the call. */
  destinations: readonly Destination[];
  factsFor: (destination: Destination) => CallFacts;
  branch: (invite: number) => string;
  sdpFor: (destination: Destination) => string;
  sessionSeconds: number;
  reliableProvisional: boolean;
  headers: readonly Header[];
  events: InviteLegEvents;
}

export interface InviteLegEvents {
  /** An INVITE has left: its facts may differ from those of the one before. */
  sent(): void;
  provisional(response: IncomingResponse): void;
  /** Each 2xx: the first, its repeats, those of other branches. */
  accepted(response: IncomingResponse): void;
  refused(response: IncomingResponse): void;
  /** `timeout`, `unreachable`: nothing was heard; `cancel`: not even our CANCEL was answered in time. */
  silent(kind: "timeout" | "unreachable" | "cancel"): void;
  /** The destination could not be reached, or said that it is out of order. */
  faulty(destination: Destination): void;
}

export interface OpenInvite {
  cseq: number;
  invite: number;
  facts: CallFacts;
  destination: Destination;
  credentials: readonly Header[];
}

export interface InviteLeg {
  current(): OpenInvite;
  /** Takes the INVITE back as soon as the protocol allows: after a provisional response (RFC 3261 §9.1). */
  cancel(): void;
  receive(response: IncomingResponse): void;
  /** The last chance to be heard: a CANCEL that was still waiting for a provisional response leaves now. */
  abandon(): void;
  stop(): void;
}

interface Sent extends OpenInvite {
  branch: string;
  transaction: ClientTransaction;
}

interface Leg {
  options: InviteLegOptions;
  credentials: RequestCredentials;
  /** By CSeq number. */
  sent: Map<number, Sent>;
  current: Sent;
  /** Index of the destination in use. */
  place: number;
  sessionSeconds: number;
  /** A provisional response to the current INVITE came: it may be cancelled. */
  heard: boolean;
  wanted: boolean;
  /** A final answer came, or none will. */
  settled: boolean;
  cancelling: ClientTransaction | undefined;
  stopPatience: Cancel;
}

/** Over challenges, refused intervals and destinations together. */
const MOST_INVITES = 6;

/** The first INVITE leaves before this returns; there must be a destination. */
export function startInviteLeg(options: InviteLegOptions): InviteLeg {
  const [destination] = options.destinations;
  if (destination === undefined) throw new Error("an INVITE needs a destination");
  const facts = options.factsFor(destination);
  const credentials = createRequestCredentials(options.account, "INVITE", facts.requestUri);
  const sent = new Map<number, Sent>();
  const leg: Leg = {
    ...{
      options,
      credentials,
      sent,
      place: 0,
      sessionSeconds: options.sessionSeconds,
      heard: false,
      wanted: true,
      settled: false,
      cancelling: undefined,
    },
    stopPatience: () => undefined,
    current: send(options, { destination, facts, credentials: [], sessionSeconds: options.sessionSeconds, sent }, () => leg),
  };
  options.events.sent();
  return {
    current: () => leg.current,
    cancel() {
      leg.wanted = false;
      if (leg.heard) sendCancel(leg);
    },
    abandon() {
      if (!leg.wanted && !leg.heard && !leg.settled) sendCancel(leg);
    },
    receive(response) {
      if (response.cseq.method === "CANCEL") {
        if (response.via.parameters.get("branch") === leg.current.branch) leg.cancelling?.receive(response);
        return;
      }
      const invite = sent.get(response.cseq.number);
      if (invite !== undefined && response.via.parameters.get("branch") === invite.branch) invite.transaction.receive(response);
    },
    stop() {
      leg.stopPatience();
      leg.cancelling?.stop();
      for (const { transaction } of sent.values()) transaction.stop();
    },
  };
}

/** Another INVITE of the same call: the next number, a branch of its own. */
function sendAgain(leg: Leg): void {
  const destination = leg.options.destinations[leg.place] ?? leg.current.destination;
  leg.heard = false;
  leg.settled = false;
  leg.current = send(
    leg.options,
    {
      destination,
      facts: leg.options.factsFor(destination),
      credentials: leg.credentials.headers(),
      sessionSeconds: leg.sessionSeconds,
      sent: leg.sent,
    },
    () => leg,
  );
  leg.options.events.sent();
}

function send(
  options: InviteLegOptions,
  parts: { destination: Destination; facts: CallFacts; credentials: readonly Header[]; sessionSeconds: number; sent: Map<number, Sent> },
  leg: () => Leg,
): Sent {
  const { clock, wire, timers, reliableProvisional, headers } = options;
  const { destination, facts, credentials, sessionSeconds, sent } = parts;
  const invite = sent.size + 1;
  const branch = options.branch(invite);
  const bytes = serialise(
    inviteRequest(facts, {
      cseq: invite,
      branch,
      credentials,
      sessionSeconds,
      reliableProvisional,
      headers,
      sdp: options.sdpFor(destination),
    }),
  );
  const transaction = startTransaction({
    clock,
    timers: { ...timers, reliable: destination.protocol !== "udp" },
    invite: true,
    send: () => wire.send(bytes, destination),
    acknowledge: (response) => void wire.send(serialise(ackOfRefusal(facts, { cseq: invite, branch }, response)), destination),
    onResponse: (response) => hear(leg(), response),
    onFailure: (kind) => fail(leg(), kind),
  });
  const open: Sent = { cseq: invite, invite, facts, destination, credentials, branch, transaction };
  sent.set(invite, open);
  return open;
}

function sendCancel(leg: Leg): void {
  if (leg.cancelling !== undefined) return;
  const { clock, wire, timers, events } = leg.options;
  const { facts, cseq, branch, destination } = leg.current;
  const bytes = serialise(cancelRequest(facts, { cseq, branch }));
  leg.cancelling = startTransaction({
    clock,
    timers: { ...timers, reliable: destination.protocol !== "udp" },
    invite: false,
    send: () => wire.send(bytes, destination),
    onResponse: () => undefined,
    onFailure: () => undefined,
  });
  leg.stopPatience = clock.after(patienceMs(timers), () => events.silent("cancel"));
}

function hear(leg: Leg, response: IncomingResponse): void {
  const { events } = leg.options;
  if (response.cseq.number !== leg.current.cseq) return;
  if (response.status < 200) {
    leg.heard = true;
    if (!leg.wanted) sendCancel(leg);
    return events.provisional(response);
  }
  leg.stopPatience();
  leg.settled = true;
  if (response.status < 300) return events.accepted(response);
  if (isWorthAnother(leg, response)) return sendAgain(leg);
  if (response.status === 503 && headerOf(response, "Retry-After") === undefined) events.faulty(leg.current.destination);
  events.refused(response);
}

/** Whether another INVITE answers the refusal better than the end of the call. */
function isWorthAnother(leg: Leg, response: IncomingResponse): boolean {
  if (!leg.wanted || leg.sent.size >= MOST_INVITES) return false;
  if (response.status === 401 || response.status === 407) return leg.credentials.take(response);
  if (response.status === 422) {
    const seconds = intervalAfter422(response, leg.sessionSeconds);
    leg.sessionSeconds = seconds ?? leg.sessionSeconds;
    return seconds !== undefined;
  }
  // Refused for good by one of several servers: nobody's phone rang there.
  if (response.status !== 503 || leg.place + 1 >= leg.options.destinations.length) return false;
  leg.options.events.faulty(leg.current.destination);
  leg.place += 1;
  return true;
}

function fail(leg: Leg, kind: "timeout" | "unreachable"): void {
  const { events, destinations } = leg.options;
  events.faulty(leg.current.destination);
  // It did not even leave: nobody heard of the call yet.
  if (kind === "unreachable" && !leg.heard && leg.wanted && leg.place + 1 < destinations.length) {
    leg.place += 1;
    return sendAgain(leg);
  }
  leg.settled = true;
  events.silent(kind);
}
