// One line of a call: its media session and its INVITE, under its own Call-ID in the router until nothing of it can come
// any more. sip-dialer.ts opens the person's; bot-line.ts and hand-over.ts open others beside it.

import type { BotPlan, BotWord } from "../../calls/bot.ts";
import type { DialResult } from "../../calls/ending.ts";
import type { Clock, EpochMs } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { callMedia, type CallMedia, type CallMediaParts } from "./call-media.ts";
import { callFacts, type CallNumbers } from "./call-requests.ts";
import type { CallTrace, Destination } from "./call-trace.ts";
import { type CallIdentity, identityOf } from "./identity.ts";
import { type BotEnd, type InviteCall, type InviteCallOptions, NOWHERE, startInviteCall } from "./invite-call.ts";
import type { LiveTrunk } from "../trunk/live-trunk.ts";
import { type MediaEngine, type MediaReport, type MediaSession, noSession } from "../media-port.ts";
import type { Header } from "../message/message.ts";
import { endOrphan } from "./orphan.ts";
import { createRemnant } from "./remnant.ts";
import type { Router } from "../transport/router.ts";
import type { Verdict } from "../status.ts";
import { patienceMs, type SipTimers } from "../transaction/timers.ts";
import type { Transport } from "../transport/transport.ts";

/** What lines share. */
export interface LegDesk {
  deps: { clock: Clock; log: Log; media: MediaEngine; secret: string | Uint8Array };
  timers: SipTimers;
  transport: Transport;
  router: Router;
  /** Every line that is open. */
  calls: Set<InviteCall>;
  /** Woken when the last one is over. */
  whenIdle: Set<() => void>;
}

export interface LegOrder {
  /** What the line's identifiers are derived from; of the person's line it is the call's own id. */
  id: string;
  callId: string;
  live: LiveTrunk;
  bot: BotPlan;
  numbers: CallNumbers;
  headers?: readonly Header[];
  direct?: DirectLeg;
  ringTimeoutMs: number;
  maxDurationMs: number;
  events: LegEvents;
}

/** What takes the place of audio through here; `takesPort`: it begins there all the same. */
export interface DirectLeg {
  takesPort: boolean;
  media: (relay: CallMedia, parts: CallMediaParts) => CallMedia;
}

export interface LegEvents {
  ringing?(at: EpochMs): void;
  answered(at: EpochMs): void;
  trace(trace: CallTrace, stored: () => void): void;
  told?(word: BotWord): void;
  /** The bot of the line's session ended it; without this the line is ended at once. */
  botEnded?(end: BotEnd): void;
  ended(result: DialResult, verdict: Verdict): void;
}

export interface Leg {
  readonly session: MediaSession;
  /** What would end the line if the process died before its INVITE's own trace was stored. */
  plan(destination: Destination): CallTrace;
  /** The INVITE leaves before this returns; once, and there must be a destination. */
  start(destinations: readonly Destination[]): InviteCall;
  /** Nothing more is heard or said on it: its port is free again. Twice is fine. */
  discard(): void;
}

/** Undefined when media has no port left. Nothing is sent yet. */
export function openLeg(desk: LegDesk, order: LegOrder): Leg | undefined {
  const { secret } = desk.deps;
  let call: InviteCall | undefined;
  const { direct } = order;
  const session = direct?.takesPort === false ? noSession : openSession(desk, order, () => call);
  if (session === undefined) return undefined;
  const media = (parts: CallMediaParts): CallMedia => {
    const relay = callMedia({ session, trunk: order.live.options, ...parts });
    return direct === undefined ? relay : direct.media(relay, parts);
  };
  const identity = identityOf(order.id, secret);
  return {
    session,
    plan: (destination) => ({
      facts: callFacts(identity, order.numbers, order.live.options, desk.transport.own(destination) ?? NOWHERE),
      destination,
      cseq: 1,
      invite: 1,
      dialogs: [],
    }),
    start(destinations) {
      call = startLeg(desk, order, { identity, media, destinations, measured: direct === undefined ? session : undefined });
      desk.calls.add(call);
      desk.router.add(identity.callId, call);
      return call;
    },
    discard: () => void session.close(),
  };
}

function openSession(
  { deps: { media, log } }: LegDesk,
  { callId, bot, live, events }: LegOrder,
  call: () => InviteCall | undefined,
): MediaSession | undefined {
  return media.open(
    { callId, bot, srtp: live.options.srtp !== "off" },
    {
      botEnded: (end) => (events.botEnded ?? call()?.botEnded)?.(end),
      dtmf: (digit) => log.debug("sip.dtmf", { callId, digit }),
      noRtp: () => call()?.noRtp(),
      told: (word) => call()?.told(word),
    },
  );
}

interface LegStart {
  identity: CallIdentity;
  media: InviteCallOptions["media"];
  destinations: readonly Destination[];
  /** The session through which the audio flows; undefined where it flows past this program. */
  measured: MediaSession | undefined;
}

function startLeg(desk: LegDesk, order: LegOrder, { identity, media, destinations, measured }: LegStart): InviteCall {
  const { clock, log } = desk.deps;
  const { live, events, numbers, headers = [], ringTimeoutMs, maxDurationMs } = order;
  const call = startInviteCall({
    ...{ clock, wire: desk.transport, timers: desk.timers, log, account: live.account, trunk: live.options, identity, destinations, media },
    ...{ numbers, headers, ringTimeoutMs, maxDurationMs },
    events: {
      ringing: (at) => events.ringing?.(at),
      answered: events.answered,
      trace: events.trace,
      told: (word) => events.told?.(word),
      faulty: live.faulty,
      ended(result, verdict) {
        const end = (figures?: MediaReport) => {
          retire(desk, identity, live, call);
          events.ended(figures === undefined ? result : { ...result, media: { ...figures } }, verdict);
          if (desk.calls.size === 0) for (const wake of [...desk.whenIdle]) wake();
        };
        // Of a conversation its audio is measured; the session is being closed already, and answers within moments.
        if (result.talkMs > 0 && measured !== undefined) void measured.close().then(end);
        else end();
      },
    },
  });
  return call;
}

/** A line that is over: its end is kept for repeats, the rest is freed. */
function retire(desk: LegDesk, identity: CallIdentity, live: LiveTrunk, call: InviteCall): void {
  desk.calls.delete(call);
  const remains = call.remains();
  if (remains !== undefined) {
    call.stop();
    desk.router.add(
      identity.callId,
      createRemnant(remains, desk.transport, (trace, answered) => {
        void endOrphan({
          ...orphanPorts(desk, { account: live.account, contact: live.options.contact }),
          identity,
          trace,
          invites: [trace.invite],
          answered,
        });
      }),
    );
  }
  desk.router.removeAfter(identity.callId, patienceMs(desk.timers));
}

/** Who is told of the end of a line: an account that answers challenges, and how a trunk has the Contact written. */
export type OrphanPeer = Pick<LiveTrunk, "account"> & Pick<LiveTrunk["options"], "contact">;

/** What ending a line needs besides what is known of it. */
export function orphanPorts({ deps, transport, timers, router }: LegDesk, { account, contact }: OrphanPeer) {
  return { clock: deps.clock, wire: transport, timers, router, account, contact };
}
