// One outbound call put together: its INVITE, its dialogs, its media, its session timer, and the handle that the dialer and
// the router hold. What happens in it is decided in call-life.ts; sip-dialer.ts starts one for each order.

import type { BotWord } from "../../calls/bot.ts";
import type { Analysis } from "../../calls/disposition.ts";
import type { DialResult } from "../../calls/ending.ts";
import type { Clock, EpochMs } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import {
  type CallLife,
  finish,
  giveUp,
  hearAccepted,
  hearBye,
  hearNothing,
  hearProvisional,
  hearRefused,
  leave,
  trace,
} from "./call-life.ts";
import type { CallMedia, CallMediaParts } from "./call-media.ts";
import { callFacts, type CallNumbers } from "./call-requests.ts";
import { emptyTimeline } from "./call-timeline.ts";
import type { CallTrace, Destination } from "./call-trace.ts";
import type { Dialog } from "../dialog/dialog.ts";
import { createDialogRequests } from "../dialog/dialog-requests.ts";
import { createDialogServer, type DialogServer } from "../dialog/dialog-server.ts";
import { textOf } from "../message/body.ts";
import type { CallIdentity } from "./identity.ts";
import { type InviteLeg, startInviteLeg } from "./invite-leg.ts";
import type { Header, IncomingMessage } from "../message/message.ts";
import type { Remains } from "./remnant.ts";
import { keepSession } from "../dialog/session-keeper.ts";
import { botVerdict, botVerdictOfRinging, isOfLine, silentVerdicts, talkedVerdict, type Verdict } from "../status.ts";
import type { SipTimers } from "../transaction/timers.ts";
import type { TrunkAccount } from "../trunk/trunk-account.ts";
import type { TrunkOptions } from "../trunk/trunk-options.ts";
import { parseNameAddr } from "../message/header-values.ts";
import { parseUri } from "../message/uri.ts";
import type { Wire } from "../transport/wire.ts";

export interface InviteCallOptions {
  clock: Clock;
  wire: Wire;
  timers: SipTimers;
  log: Log;
  account: TrunkAccount;
  trunk: TrunkOptions;
  identity: CallIdentity;
  numbers: CallNumbers;
  /** Besides the trunk's own. */
  headers: readonly Header[];
  destinations: readonly Destination[];
  media: (parts: CallMediaParts) => CallMedia;
  ringTimeoutMs: number;
  maxDurationMs: number;
  events: InviteCallEvents;
}

export interface InviteCallEvents {
  ringing(at: EpochMs): void;
  answered(at: EpochMs): void;
  trace(state: CallTrace, stored: () => void): void;
  /** While they talk. */
  told(word: BotWord): void;
  /** Exactly once, and never while the call is being started. */
  ended(result: DialResult, verdict: Verdict): void;
  faulty(destination: Destination): void;
}

/** How the bot's side ended the conversation. */
export interface BotEnd {
  reason: string;
  analysis?: Analysis;
}

export interface InviteCall {
  /** Answered, and neither end has hung up. */
  isTalking(): boolean;
  hangUp(reason: string): void;
  botEnded(end: BotEnd): void;
  noRtp(): void;
  told(word: BotWord): void;
  /** Another description of ours, as a re-INVITE; the answer to it, or undefined when there is none. */
  offer(sdp: string, done: (answer: string | undefined) => void): void;
  receive(message: IncomingMessage, from: Destination): void;
  /** Whether this address may speak, besides the trunks: the call goes there, or the peer's Contact is there. */
  mayHear(address: string): boolean;
  /** What must be remembered of a call that is over; undefined while something of it is still under way. */
  remains(): Remains | undefined;
  /** Forgets the call at once, whatever may still come; one that is not over ends with it. */
  stop(): void;
}

/** Stands in for an address of ours that the network took away; the packet will not leave anyway. */
export const NOWHERE = { address: "0.0.0.0", port: 5_060 };

/** The INVITE leaves before this returns; no event comes from within. */
export function startInviteCall(options: InviteCallOptions): InviteCall {
  const { clock, wire, timers, account, trunk, identity } = options;
  const dialogs = new Map<string, Dialog>();
  let branches = 0;
  const media = options.media({
    sessionId: Number.parseInt(identity.callId.slice(0, 12), 16),
    source: () => life.leg.current().destination,
  });
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
    offering: false,
    openByes: 0,
    stopTimer: () => undefined,
    media,
    requests,
    session: keepSession({
      clock,
      requests,
      sdp: () => media.description(),
      asked: trunk.sessionSeconds,
      expired: () => leave(life, talkedVerdict("session_expired"), "us"),
    }),
    server: serverOf(options, dialogs, () => life),
    leg: legOf(options, media.offer, () => life),
  };
  life.stopTimer = clock.after(options.ringTimeoutMs, () => giveUp(life, silentVerdicts.ringTimeout, "us"));
  return handleOf(life);
}

function legOf(
  { clock, wire, timers, account, trunk, identity, numbers, headers, destinations, events }: InviteCallOptions,
  offer: (address: string) => string,
  life: () => CallLife,
): InviteLeg {
  return startInviteLeg({
    ...{ clock, wire, timers, account, destinations },
    factsFor: (destination) => callFacts(identity, numbers, trunk, wire.own(destination) ?? NOWHERE),
    branch: identity.branch,
    sdpFor: (destination) => offer((wire.own(destination) ?? NOWHERE).address),
    sessionSeconds: trunk.sessionSeconds,
    reliableProvisional: trunk.reliableProvisional,
    headers: [...trunk.headers, ...headers],
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
      renegotiate: (sdp) => renegotiate(life(), sdp),
      pressed: (key) => (life().stage === "talking" ? life().media.pressed?.(key) : undefined),
      answered: (sdp) => life().media.lateAnswer(sdp),
      refreshed: (settled) => life().session.refreshed(settled),
      lost: () => leave(life(), talkedVerdict("peer_lost"), "us"),
    },
  });
}

/** While it rings too: a peer changes its early media by UPDATE (RFC 3311 §5.1). */
function renegotiate({ stage, offering, media }: CallLife, sdp: string | undefined): ReturnType<CallMedia["renegotiate"]> {
  if (stage !== "talking" && stage !== "inviting") return { status: 488 };
  // Two offers that cross are both taken back, and made again at other times (§14.2).
  return offering ? { status: 491 } : media.renegotiate(sdp);
}

/** The pause after which an offer that crossed the peer's own is made again (§14.1), by whoever called: 2.1 to 4 s. */
const GLARE_MS = 3_000;

function offer(life: CallLife, sdp: string, done: (answer: string | undefined) => void, mayCross = true): void {
  const { confirmed, requests, session, options } = life;
  if (life.stage !== "talking" || confirmed === undefined) return done(undefined);
  // No re-INVITE goes before the ACK of the call's own.
  life.owedAck?.();
  life.offering = true;
  requests.send({
    ...{ method: "INVITE", remoteTag: confirmed, headers: session.headers(), sdp },
    done(response) {
      life.offering = false;
      if (response?.status === 491 && mayCross) return void options.clock.after(GLARE_MS, () => offer(life, sdp, done, false));
      const accepted = response !== undefined && response.status < 300;
      if (accepted) session.answered(response);
      done(accepted ? textOf(response) : undefined);
    },
  });
}

/** Where requests inside the dialog come from: the peer's Contact, or the nearest proxy, by an address of its inner side. */
function hostsOf({ target, routes }: Dialog): (string | undefined)[] {
  const uris = [target, ...routes.map((route) => parseNameAddr(route)?.uri ?? "")];
  return uris.map((uri) => parseUri(uri)?.host);
}

function handleOf(life: CallLife): InviteCall {
  const { leg, requests, server, dialogs, acks, options } = life;
  return {
    isTalking: () => life.stage === "talking",
    hangUp(reason) {
      giveUp(life, { ...silentVerdicts.ringTimeout, reason }, "us");
      leave(life, talkedVerdict(reason), "us");
    },
    botEnded({ reason, analysis }) {
      const hungUpBy = isOfLine(reason) ? "us" : "bot";
      giveUp(life, botVerdictOfRinging(reason), hungUpBy);
      leave(life, botVerdict(reason), hungUpBy, analysis);
    },
    noRtp: () => leave(life, silentVerdicts.noMedia, "us"),
    told: (word) => (life.stage === "talking" ? options.events.told(word) : undefined),
    offer: (sdp, done) => offer(life, sdp, done),
    receive(message, from) {
      if (message.kind === "request") return server.receive(message, from);
      if (!requests.receive(message)) leg.receive(message);
    },
    mayHear(address) {
      if (options.destinations.some((place) => place.address === address)) return true;
      const dialog = life.confirmed === undefined ? undefined : dialogs.get(life.confirmed);
      return dialog !== undefined && hostsOf(dialog).includes(address);
    },
    remains() {
      if (life.stage !== "over" || life.openByes > 0) return undefined;
      const { facts, destination, cseq, invite } = leg.current();
      return {
        facts,
        destination,
        cseq,
        branch: options.identity.branch(invite),
        acks: [...acks].map(([tag, { bytes, to }]) => ({ tag, bytes, to })),
      };
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
