// The SIP dialer: calls leave through the operator's own trunks, without anything in between. app.ts opens one for the
// whole program; it owns the signalling sockets and borrows the media engine.

import { bareLine, type BotConnection, type BotPlan } from "../calls/bot.ts";
import { CallEnding } from "../calls/call.ts";
import type { ActiveCall, CallEvents, CallOrder, Dialer, DialTrunk, OrphanCall } from "../calls/dialer.ts";
import { type Clock, sleep } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import type { Random } from "../runtime/random.ts";
import { type BotLine, isDirect, openBotLine } from "./beside/bot-line.ts";
import type { Destination } from "./call/call-trace.ts";
import { createDirectMedia } from "./beside/direct-media.ts";
import { createHandOver } from "./beside/hand-over.ts";
import type { InviteCall } from "./call/invite-call.ts";
import { type LegDesk, openLeg } from "./call/leg.ts";
import type { MediaEngine } from "./media-port.ts";
import { endLines } from "./call/orphan-lines.ts";
import { createPeerRoll, type PeerRoll } from "./trunk/peer-roll.ts";
import type { Dns } from "./transport/resolve.ts";
import { createRouter, type Router } from "./transport/router.ts";
import { machineEnding, silentVerdicts, type Verdict } from "./status.ts";
import { type SipTimers, standardTimers } from "./transaction/timers.ts";
import { createTraceBook } from "./call/trace-book.ts";
import { openTransport, type Transport } from "./transport/transport.ts";
import { createTrunkRoll, type TrunkEntry, type TrunkRoll } from "./trunk/trunk-roll.ts";

export interface SipDialerDependencies {
  clock: Clock;
  random: Random;
  log: Log;
  media: MediaEngine;
  dns: Dns;
  /** The installation's secret: it must outlive the process, or orphans cannot be found again. */
  secret: string | Uint8Array;
  /** Of the UDP sockets. A fixed port lets a CANCEL after a crash match even when no trace was stored. */
  bind?: { address: string; port: number };
  /** The address that peers are told, behind NAT. */
  advertise?: string;
  /** Where media listens: trunks of the other address family are not called, since nobody would be heard. */
  audio?: string;
  timers?: SipTimers;
}

export interface SipDialer extends Dialer {
  /** Resolves, connects and registers ahead of the first call; again after a change. Why it cannot be used, in words. */
  prepare(trunk: DialTrunk): Promise<string | undefined>;
  /** Why a bot behind a SIP address seems not to be there, in words. */
  askBot(connection: Extract<BotConnection, { type: "sip" }>): Promise<string | undefined>;
  /** The trunk is gone: closes its connections and registration. */
  forget(trunkId: string): Promise<void>;
}

/** How long the end of the program waits for answers to its CANCELs and BYEs. */
const STOP_PATIENCE_MS = 4_000;

interface Desk extends LegDesk {
  deps: SipDialerDependencies;
  trunks: TrunkRoll;
  peers: PeerRoll;
  stopping: boolean;
}

/** Resolves when the sockets are bound. */
export async function openSipDialer(deps: SipDialerDependencies): Promise<SipDialer> {
  const { clock, random, log, dns, timers = standardTimers } = deps;
  const newId = () => Buffer.from(random.bytes(16)).toString("hex");
  const transport: Transport = await openTransport({
    clock,
    bind: deps.bind ?? { address: "0.0.0.0", port: 0 },
    advertise: deps.advertise,
    audio: deps.audio,
    receive: (bytes, from) => router.receive(bytes, from),
  });
  const ports = () => ({ clock, wire: transport, timers, router, newId, transport, dns, random });
  const trunks = createTrunkRoll(ports);
  const peers = createPeerRoll(ports);
  const router: Router = createRouter({
    clock,
    log,
    isTrunk: trunks.trusts,
    send: (bytes, to) => void transport.send(bytes, to),
    newTag: () => newId().slice(0, 16),
  });
  const desk: Desk = { deps, timers, transport, router, trunks, peers, calls: new Set(), whenIdle: new Set(), stopping: false };
  return {
    place: (order, events) => place(desk, order, events),
    async prepare(trunk) {
      const entry = trunks.entry(trunk);
      if (typeof entry === "string") return entry;
      await entry.live.ready();
      return entry.live.problem();
    },
    async check(trunk) {
      const entry = trunks.entry(trunk);
      return typeof entry === "string" ? entry : entry.live.test();
    },
    async askBot({ uri, transport, tls }) {
      const peer = peers.open(uri, transport, { tls });
      return peer === undefined ? "its address is no SIP address that can be called" : peer.live.absence();
    },
    endOrphan: (orphan) => endOrphanOf(desk, orphan),
    forget: trunks.forget,
    stop: () => stop(desk),
  };
}

function place(desk: Desk, order: CallOrder, events: CallEvents): ActiveCall {
  const { clock, log } = desk.deps;
  const refuse = (verdict: Verdict): ActiveCall => {
    clock.soon(() => events.ended({ ending: verdict.ending, retry: verdict.retry, reason: verdict.reason, ringMs: 0, talkMs: 0 }));
    return { hangUp: () => undefined };
  };
  if (desk.stopping) return refuse({ ending: CallEnding.failed, retry: "requeue", reason: "shutdown" });
  const entry = desk.trunks.entry(order.trunk);
  if (typeof entry === "string") {
    log.error("sip.trunk_misconfigured", { trunkId: order.trunk.id, problem: entry });
    return refuse({ ending: CallEnding.failed, retry: "halt", reason: "trunk_misconfigured" });
  }
  const destinations = entry.live.destinations();
  if (destinations.length === 0) {
    log.warn("sip.trunk_not_ready", { trunkId: order.trunk.id, problem: entry.live.problem() });
    return refuse(silentVerdicts.unreachable);
  }
  const call = start(desk, order, events, entry, destinations);
  return "refused" in call ? refuse(call.refused) : call;
}

/** The connections whose bots live in the media worker and follow TwiML. */
const takesTwiml: readonly BotConnection["type"][] = ["stream", "twiml", "process"];

/** Whether a machine that answers hears a recording of the agent's, and not the bot. */
function leavesRecording({ line: { voicemail } }: BotPlan): boolean {
  return voicemail.detect && voicemail.action === "message" && voicemail.audio !== undefined;
}

/** The person's line, with what stands beside it. */
function start(
  desk: Desk,
  order: CallOrder,
  events: CallEvents,
  { live, faults }: TrunkEntry,
  destinations: readonly Destination[],
): ActiveCall | { refused: Verdict } {
  const { callId, bot, from, to, ringTimeoutMs, maxDurationMs } = order;
  const { peers } = desk;
  const traces = createTraceBook(events.trace);
  const direct = isDirect(bot) ? createDirectMedia({ secureOnly: live.options.srtp === "require" }) : undefined;
  let started: InviteCall | undefined;
  let isMachine = false;
  // What passes through here before the two are joined is a moment of the call, and nothing is to be made of it.
  const onLine = direct === undefined ? bot : { ...bot, line: bareLine };
  const leg = openLeg(desk, {
    ...{ id: callId, callId, live, bot: onLine, numbers: { from, to }, ringTimeoutMs, maxDurationMs, direct: direct?.person },
    events: {
      ringing: events.ringing,
      answered(at) {
        events.answered(at);
        botLine.begin();
      },
      trace: traces.person,
      botEnded: (end) => handOver.botEnded(end),
      told(word) {
        if (word.type === "machine") isMachine = word.verdict.result === "machine";
        // The line says the recording now: whether the bot goes or stays, it must not end the call meanwhile.
        if (isMachine && leavesRecording(bot)) botLine.end("voicemail");
        events.told(word);
      },
      ended(result, verdict) {
        botLine.end("hung_up");
        const ending = isMachine ? machineEnding(result.ending, bot.line.voicemail.action) : result.ending;
        events.ended({ ...handOver.end({ ...result, ending }), retry: faults.judge(verdict, to) });
      },
    },
  });
  if (leg === undefined) return { refused: silentVerdicts.noMediaPort };
  const { session } = leg;
  const person = () => started ?? (started = leg.start(destinations));
  const beside = { desk, peers, order, traces, session, person };
  const opened = openBotLine({ ...beside, direct, botEnded: (end) => handOver.botEnded(end) });
  if ("refused" in opened) {
    leg.discard();
    return opened;
  }
  const botLine: BotLine = opened;
  const handOver = createHandOver({ ...beside, live, told: events.told, letBotGo: () => botLine.end("transferred") });
  const { hangUp } = person();
  const call = { hangUp, transfer: handOver.ask, refuseTransfer: handOver.refuse };
  return takesTwiml.includes(bot.connection.type) ? { ...call, redirect: (order) => session.redirect(order) } : call;
}

function endOrphanOf(desk: Desk, orphan: OrphanCall): Promise<void> {
  const { callId, trunk } = orphan;
  const entry = trunk === undefined ? "it was deleted" : desk.trunks.entry(trunk);
  if (typeof entry !== "string") return endLines(desk, entry.live, orphan);
  desk.deps.log.warn("sip.orphan_without_trunk", { callId, problem: entry });
  return endLines(desk, undefined, orphan);
}

async function stop(desk: Desk): Promise<void> {
  const { clock } = desk.deps;
  const { calls, whenIdle } = desk;
  const idle = (): Promise<void> => (calls.size === 0 ? Promise.resolve() : new Promise((resolve) => void whenIdle.add(resolve)));
  if (desk.stopping) return idle();
  desk.stopping = true;
  for (const call of calls) call.hangUp("shutdown");
  await Promise.race([idle(), sleep(clock, STOP_PATIENCE_MS)]);
  for (const call of [...calls]) call.stop();
  await Promise.race([Promise.all([desk.trunks.close(), desk.peers.close()]), sleep(clock, STOP_PATIENCE_MS)]);
  desk.router.stop();
  await desk.transport.close();
}
