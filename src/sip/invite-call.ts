// One outbound call put together: its INVITE, its dialogs, its media, its session timer, and the handle that the dialer and
// the router hold. What happens in it is decided in call-life.ts; sip-dialer.ts starts one for each order.

import type { Analysis } from "../calls/disposition.ts";
import type { DialResult } from "../calls/ending.ts";
import type { Clock, EpochMs } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import { type CallLife, finish, giveUp, hearAccepted, hearBye, hearNothing, hearProvisional, hearRefused, leave, trace } from "./call-life.ts";
import { callMedia } from "./call-media.ts";
import { callFacts } from "./call-requests.ts";
import { emptyTimeline } from "./call-timeline.ts";
import type { Destination } from "./call-trace.ts";
import type { Dialog } from "./dialog.ts";
import { createDialogRequests } from "./dialog-requests.ts";
import { createDialogServer, type DialogServer } from "./dialog-server.ts";
import type { CallIdentity } from "./identity.ts";
import { type InviteLeg, startInviteLeg } from "./invite-leg.ts";
import type { MediaSession } from "./media-port.ts";
import type { IncomingMessage } from "./message.ts";
import type { Remains } from "./remnant.ts";
import { keepSession } from "./session-keeper.ts";
import { botVerdict, silentVerdicts, talkedVerdict, type Verdict } from "./status.ts";
import type { SipTimers } from "./timers.ts";
import type { TrunkAccount } from "./trunk-account.ts";
import type { TrunkOptions } from "./trunk-options.ts";
import { parseUri } from "./uri.ts";
import type { Wire } from "./wire.ts";

export interface InviteCallOptions {
  clock: Clock;
  wire: Wire;
  timers: SipTimers;
  log: Log;
  account: TrunkAccount;
  trunk: TrunkOptions;
  identity: CallIdentity;
  numbers: { from: string; to: string };
  destinations: readonly Destination[];
  media: MediaSession;
  ringTimeoutMs: number;
  maxDurationMs: number;
  events: InviteCallEvents;
}

export interface InviteCallEvents {
  ringing(at: EpochMs): void;
  answered(at: EpochMs): void;
  trace(state: string, stored: () => void): void;
  /** Exactly once, and never while the call is being started. */
  ended(result: DialResult, verdict: Verdict): void;
  faulty(destination: Destination): void;
}

export interface InviteCall {
  hangUp(reason: string): void;
  botEnded(end: { reason: string; analysis?: Analysis }): void;
  noRtp(): void;
  receive(message: IncomingMessage, from: Destination): void;
  /** Whether the peer of the conversation may speak from this address, besides the trunk: its Contact is there. */
  mayHear(address: string): boolean;
  /** What must be remembered of a call that is over; undefined while something of it is still under way. */
  remains(): Remains | undefined;
  /** Forgets the call at once, whatever may still come; one that is not over ends with it. */
  stop(): void;
}

/** Stands in for an address of ours that the network took away; the packet will not leave anyway. */
const NOWHERE = { address: "0.0.0.0", port: 5_060 };

/** The INVITE leaves before this returns; no event comes from within. */
export function startInviteCall(options: InviteCallOptions): InviteCall {
  const { clock, wire, timers, account, trunk, identity } = options;
  const dialogs = new Map<string, Dialog>();
  let branches = 0;
  const media = callMedia({ session: options.media, trunk, sessionId: Number.parseInt(identity.callId.slice(0, 12), 16), source: () => life.leg.current().destination });
  const requests = createDialogRequests({
    ...{ clock, wire, timers, account, contact: trunk.contact, dialogs },
    facts: () => life.leg.current().facts,
    source: () => life.leg.current().destination,
    newBranch: () => `${identity.branch(0)}d${(branches += 1)}`,
  });
  const life: CallLife = {
    options,
    stage: "inviting",
    timeline: { ...emptyTimeline },
    dialogs,
    acks: new Map(),
    owedAck: undefined,
    reliable: new Map(),
    confirmed: undefined,
    heard: false,
    openByes: 0,
    stopTimer: () => undefined,
    media,
    requests,
    session: keepSession({ clock, requests, sdp: () => media.description(), asked: trunk.sessionSeconds, expired: () => leave(life, talkedVerdict("session_expired"), "us") }),
    server: serverOf(options, dialogs, () => life),
    leg: legOf(options, media.offer, () => life),
  };
  life.stopTimer = clock.after(options.ringTimeoutMs, () => giveUp(life, silentVerdicts.ringTimeout, "us"));
  return handleOf(life);
}

function legOf({ clock, wire, timers, account, trunk, identity, numbers, destinations, events }: InviteCallOptions, offer: (address: string) => string, life: () => CallLife): InviteLeg {
  return startInviteLeg({
    ...{ clock, wire, timers, account, destinations },
    factsFor: (destination) => callFacts(identity, numbers, trunk, wire.own(destination) ?? NOWHERE),
    branch: identity.branch,
    sdpFor: (destination) => offer((wire.own(destination) ?? NOWHERE).address),
    sessionSeconds: trunk.sessionSeconds,
    reliableProvisional: trunk.reliableProvisional,
    headers: trunk.headers,
    events: {
      sent: () => clock.soon(() => life().stage !== "over" && trace(life())),
      provisional: (response) => hearProvisional(life(), response),
      accepted: (response) => hearAccepted(life(), response),
      refused: (response) => hearRefused(life(), response),
      silent: (kind) => hearNothing(life(), kind),
      faulty: events.faulty,
    },
  });
}

function serverOf({ clock, wire, timers }: InviteCallOptions, dialogs: Map<string, Dialog>, life: () => CallLife): DialogServer {
  return createDialogServer({
    ...{ clock, wire, timers, dialogs },
    facts: () => life().leg.current().facts,
    events: {
      bye: (request) => hearBye(life(), request),
      renegotiate: (sdp) => (life().stage === "talking" ? life().media.renegotiate(sdp) : { status: 488 }),
      answered: (sdp) => life().media.lateAnswer(sdp),
      refreshed: (settled) => life().session.refreshed(settled),
      lost: () => leave(life(), talkedVerdict("peer_lost"), "us"),
    },
  });
}

function handleOf(life: CallLife): InviteCall {
  const { leg, requests, server, dialogs, acks, options } = life;
  return {
    hangUp(reason) {
      giveUp(life, { ...silentVerdicts.ringTimeout, reason }, "us");
      leave(life, talkedVerdict(reason), "us");
    },
    botEnded({ reason, analysis }) {
      giveUp(life, { ...silentVerdicts.ringTimeout, reason }, "bot");
      leave(life, botVerdict(reason), "bot", analysis);
    },
    noRtp: () => leave(life, silentVerdicts.noMedia, "us"),
    receive(message, from) {
      if (message.kind === "request") return server.receive(message, from);
      if (!requests.receive(message)) leg.receive(message);
    },
    mayHear(address) {
      const dialog = life.confirmed === undefined ? undefined : dialogs.get(life.confirmed);
      return dialog !== undefined && parseUri(dialog.target)?.host === address;
    },
    remains() {
      if (life.stage !== "over" || life.openByes > 0) return undefined;
      const { facts, destination, cseq, invite } = leg.current();
      return { facts, destination, cseq, branch: options.identity.branch(invite), acks: [...acks].map(([tag, { bytes, to }]) => ({ tag, bytes, to })) };
    },
    stop() {
      leg.abandon();
      finish(life, silentVerdicts.trunkSilent);
      leg.stop();
      requests.stop();
      server.stop();
    },
  };
}
