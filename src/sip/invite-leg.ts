// The INVITEs of one call: the first, and those that follow a challenge, a 422 or a destination that cannot be reached;
// and the CANCEL that takes them back. invite-call.ts decides what their answers mean for the call.

import { ackOfRefusal, type CallFacts, cancelRequest, inviteRequest } from "./call-requests.ts";
import type { Destination } from "./call-trace.ts";
import { type ClientTransaction, startTransaction } from "./client-transaction.ts";
import type { Clock } from "../runtime/clock.ts";
import { type Header, headerOf, type IncomingResponse, serialise } from "./message.ts";
import { intervalAfter422 } from "./session-timer.ts";
import { patienceMs, type SipTimers } from "./timers.ts";
import { createRequestCredentials, type TrunkAccount } from "./trunk-account.ts";
import type { Wire } from "./wire.ts";

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

/** The first INVITE leaves before this returns; there must be a destination. */
export function startInviteLeg(options: InviteLegOptions): InviteLeg {
  const { clock, wire, timers, events } = options;
  const sent = new Map<number, Sent>();
  let place = 0;
  let current: Sent;
  let sessionSeconds = options.sessionSeconds;
  let heard = false;
  let wanted = true;
  /** A final answer came, or none will. */
  let settled = false;
  let cancelling: ClientTransaction | undefined;
  let stopPatience: () => void = () => undefined;
  let credentials: ReturnType<typeof createRequestCredentials> | undefined;

  const begin = (): void => {
    const destination = options.destinations[place] ?? current.destination;
    const facts = options.factsFor(destination);
    credentials ??= createRequestCredentials(options.account, "INVITE", facts.requestUri);
    const invite = sent.size + 1;
    const open: OpenInvite = { cseq: invite, invite, facts, destination, credentials: credentials.headers() };
    const branch = options.branch(invite);
    const bytes = serialise(inviteRequest(facts, { ...open, branch, sessionSeconds, reliableProvisional: options.reliableProvisional, headers: options.headers, sdp: options.sdpFor(destination) }));
    heard = false;
    settled = false;
    current = { ...open, branch, transaction: startTransaction({
      clock,
      timers: { ...timers, reliable: destination.protocol !== "udp" },
      invite: true,
      send: () => wire.send(bytes, destination),
      acknowledge: (response) => void wire.send(serialise(ackOfRefusal(facts, { cseq: invite, branch }, response)), destination),
      onResponse,
      onFailure,
    }) };
    sent.set(invite, current);
    events.sent();
  };

  const sendCancel = (): void => {
    if (cancelling !== undefined) return;
    const { facts, cseq, branch, destination } = current;
    const bytes = serialise(cancelRequest(facts, { cseq, branch }));
    cancelling = startTransaction({
      clock,
      timers: { ...timers, reliable: destination.protocol !== "udp" },
      invite: false,
      send: () => wire.send(bytes, destination),
      onResponse: () => undefined,
      onFailure: () => undefined,
    });
    stopPatience = clock.after(patienceMs(timers), () => events.silent("cancel"));
  };

  /** Whether another INVITE answers the refusal better than the end of the call. */
  const tryAgain = (response: IncomingResponse): boolean => {
    if (!wanted) return false;
    if (response.status === 401 || response.status === 407) return credentials?.take(response) ?? false;
    if (response.status === 422) {
      const seconds = intervalAfter422(response, sessionSeconds);
      sessionSeconds = seconds ?? sessionSeconds;
      return seconds !== undefined && sent.size < MOST_INVITES;
    }
    // Refused for good by one of several servers: nobody's phone rang there.
    if (response.status !== 503 || place + 1 >= options.destinations.length) return false;
    events.faulty(current.destination);
    place += 1;
    return true;
  };

  const onResponse = (response: IncomingResponse): void => {
    if (response.cseq.number !== current.cseq) return;
    if (response.status < 200) {
      heard = true;
      if (!wanted) sendCancel();
      return events.provisional(response);
    }
    stopPatience();
    settled = true;
    if (response.status < 300) return events.accepted(response);
    if (tryAgain(response)) return begin();
    if (response.status === 503 && headerOf(response, "Retry-After") === undefined) events.faulty(current.destination);
    events.refused(response);
  };

  const onFailure = (kind: "timeout" | "unreachable"): void => {
    events.faulty(current.destination);
    if (kind === "unreachable" && !heard && wanted && place + 1 < options.destinations.length) {
      place += 1;
      return begin();
    }
    settled = true;
    events.silent(kind);
  };

  begin();
  return {
    current: () => current,
    cancel() {
      wanted = false;
      if (heard) sendCancel();
    },
    abandon() {
      if (!wanted && !heard && !settled) sendCancel();
    },
    receive(response) {
      if (response.cseq.method === "CANCEL") {
        if (response.via.parameters.get("branch") === current.branch) cancelling?.receive(response);
        return;
      }
      const invite = sent.get(response.cseq.number);
      if (invite !== undefined && response.via.parameters.get("branch") === invite.branch) invite.transaction.receive(response);
    },
    stop() {
      stopPatience();
      cancelling?.stop();
      for (const { transaction } of sent.values()) transaction.stop();
    },
  };
}

/** Over challenges, refused intervals and destinations together. */
const MOST_INVITES = 6;
