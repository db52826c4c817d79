// The SIP dialer: calls leave through the operator's own trunks, without anything in between. app.ts opens one for the
// whole program; it owns the signalling sockets and borrows the media engine.

import { CallEnding } from "../calls/call.ts";
import type { ActiveCall, CallEvents, CallOrder, Dialer, DialTrunk, OrphanCall } from "../calls/dialer.ts";
import { type Clock, sleep } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import type { Random } from "../runtime/random.ts";
import { callFacts } from "./call-requests.ts";
import { readTrace } from "./call-trace.ts";
import { createFaultMemory, type FaultMemory } from "./fault-memory.ts";
import { type CallIdentity, identityOf } from "./identity.ts";
import { type InviteCall, startInviteCall } from "./invite-call.ts";
import { type LiveTrunk, openTrunk } from "./live-trunk.ts";
import type { MediaEngine } from "./media-port.ts";
import { endOrphan } from "./orphan.ts";
import { createRemnant } from "./remnant.ts";
import type { Dns } from "./resolve.ts";
import { createRouter } from "./router.ts";
import { silentVerdicts, type Verdict } from "./status.ts";
import { patienceMs, type SipTimers, standardTimers } from "./timers.ts";
import { openTransport } from "./transport.ts";
import { readTrunkOptions } from "./trunk-options.ts";

export interface SipDialerDependencies {
  clock: Clock;
  random: Random;
  log: Log;
  media: MediaEngine;
  dns: Dns;
  /** The installation's secret: it must outlive the process, or orphans cannot be found again. */
  secret: string | Uint8Array;
  /** Of the UDP sockets. A fixed port lets a CANCEL after a crash match even when no trace was stored. */
  bind?: { address: string; port: number; address6?: string };
  /** The address that peers are told, behind NAT. */
  advertise?: string;
  timers?: SipTimers;
}

export interface SipDialer extends Dialer {
  /** Resolves, connects and registers ahead of the first call; again after a change. Why it cannot be used, in words. */
  prepare(trunk: DialTrunk): Promise<string | undefined>;
  /** The trunk is gone: closes its connections and registration. */
  forget(trunkId: string): Promise<void>;
}

interface Entry {
  /** The row's options as they were read, to notice a change. */
  source: string;
  seen: Record<string, unknown>;
  live: LiveTrunk;
  faults: FaultMemory;
}

/** How long the end of the program waits for answers to its CANCELs and BYEs. */
const STOP_PATIENCE_MS = 4_000;
const ORPHAN_READY_MS = 2_000;

/** Resolves when the sockets are bound. */
export async function openSipDialer(deps: SipDialerDependencies): Promise<SipDialer> {
  const { clock, random, log, media, dns, secret, timers = standardTimers } = deps;
  const trunks = new Map<string, Entry>();
  const calls = new Set<InviteCall>();
  const whenIdle = new Set<() => void>();
  let stopping = false;

  const newId = () => Buffer.from(random.bytes(16)).toString("hex");
  const transport = await openTransport({
    clock,
    bind: deps.bind ?? { address: "0.0.0.0", port: 0 },
    advertise: deps.advertise,
    receive: (bytes, from) => router.receive(bytes, from),
  });
  const isTrunk = (address: string) => {
    for (const { live } of trunks.values()) if (live.trusts(address)) return true;
    return false;
  };
  const router = createRouter({ clock, log, isTrunk, send: (bytes, to) => void transport.send(bytes, to), newTag: () => newId().slice(0, 16) });
  const ports = { clock, wire: transport, timers, router, newId, transport, dns, random };

  const orphanPorts = { clock, wire: transport, timers, router };

  /** The trunk in service, opened when it is new or changed; a sentence when its options make no sense. */
  const entryOf = ({ id, options }: DialTrunk): Entry | string => {
    const known = trunks.get(id);
    if (known?.seen === options) return known;
    const source = JSON.stringify(options);
    if (known?.source === source) {
      known.seen = options;
      return known;
    }
    const read = readTrunkOptions(options);
    if ("problems" in read) return read.problems.join("; ");
    void known?.live.close();
    const entry: Entry = { source, seen: options, live: openTrunk(read.options, ports), faults: createFaultMemory() };
    trunks.set(id, entry);
    return entry;
  };

  const notPlaced = (events: CallEvents, verdict: Verdict): ActiveCall => {
    clock.soon(() => events.ended({ ending: verdict.ending, retry: verdict.retry, reason: verdict.reason, ringMs: 0, talkMs: 0 }));
    return { hangUp: () => undefined };
  };

  const place = (order: CallOrder, events: CallEvents): ActiveCall => {
    const entry = stopping ? "the program is stopping" : entryOf(order.trunk);
    if (typeof entry === "string") return notPlaced(events, { ending: CallEnding.failed, retry: stopping ? "requeue" : "halt", reason: stopping ? "shutdown" : "trunk_misconfigured" });
    const { live, faults } = entry;
    const destinations = live.destinations();
    if (destinations.length === 0) {
      log.warn("sip.trunk_not_ready", { trunkId: order.trunk.id, problem: live.problem() });
      return notPlaced(events, silentVerdicts.unreachable);
    }
    let call: InviteCall | undefined;
    const session = media.open({ callId: order.callId, bot: order.bot, srtp: live.options.srtp !== "off" }, {
      botEnded: (end) => call?.botEnded(end),
      dtmf: (digit) => log.debug("sip.dtmf", { callId: order.callId, digit }),
      noRtp: () => call?.noRtp(),
    });
    if (session === undefined) return notPlaced(events, silentVerdicts.noMediaPort);
    const identity = identityOf(order.callId, secret);
    const started = startInviteCall({
      ...{ clock, wire: transport, timers, log, account: live.account, trunk: live.options, identity, destinations, media: session },
      numbers: { from: order.from, to: order.to },
      ringTimeoutMs: order.ringTimeoutMs,
      maxDurationMs: order.maxDurationMs,
      events: {
        ringing: events.ringing,
        answered: events.answered,
        trace: events.trace,
        faulty: live.faulty,
        ended(result, verdict) {
          retire(identity, live, call);
          events.ended({ ...result, retry: faults.judge(verdict, order.to) });
          if (calls.size === 0) for (const wake of [...whenIdle]) wake();
        },
      },
    });
    call = started;
    calls.add(started);
    router.add(identity.callId, started);
    return { hangUp: (reason) => started.hangUp(reason) };
  };

  /** A call that is over: its end is kept for repeats, the rest is freed. */
  const retire = (identity: CallIdentity, live: LiveTrunk, call: InviteCall | undefined): void => {
    if (call === undefined) return;
    calls.delete(call);
    const remains = call.remains();
    if (remains !== undefined) {
      call.stop();
      router.add(identity.callId, createRemnant(remains, transport, (trace, answered) => {
        void endOrphan({ ...orphanPorts, account: live.account, contact: live.options.contact, identity, trace, invites: [trace.invite], answered });
      }));
    }
    router.removeAfter(identity.callId, patienceMs(timers));
  };

  const orphan = async ({ callId, from, to, trunk, trace }: OrphanCall): Promise<void> => {
    const entry = entryOf(trunk);
    if (typeof entry === "string") return;
    const { live } = entry;
    const identity = identityOf(callId, secret);
    const known = readTrace(trace);
    const stored = known?.facts.callId === identity.callId ? known : undefined;
    await Promise.race([stored === undefined ? live.ready() : transport.prepare(stored.destination, live.options.tls), sleep(clock, ORPHAN_READY_MS)]);
    const destination = stored?.destination ?? live.destinations()[0];
    const own = destination === undefined ? undefined : transport.own(destination);
    if (destination === undefined || own === undefined) return log.warn("sip.orphan_unreachable", { callId, problem: live.problem() });
    const derived = { facts: callFacts(identity, { from, to }, live.options, own), destination, cseq: 1, invite: 1, dialogs: [] };
    const invites = stored === undefined ? [1, 2] : [stored.invite];
    await endOrphan({ ...orphanPorts, account: live.account, contact: live.options.contact, identity, trace: stored ?? derived, invites });
  };

  const idle = (): Promise<void> => (calls.size === 0 ? Promise.resolve() : new Promise((resolve) => void whenIdle.add(resolve)));

  return {
    place,
    async prepare(trunk) {
      const entry = entryOf(trunk);
      if (typeof entry === "string") return entry;
      await entry.live.ready();
      return entry.live.problem();
    },
    async check(trunk) {
      const entry = entryOf(trunk);
      return typeof entry === "string" ? entry : entry.live.test();
    },
    endOrphan: orphan,
    async forget(trunkId) {
      const entry = trunks.get(trunkId);
      trunks.delete(trunkId);
      await entry?.live.close();
    },
    async stop() {
      if (stopping) return idle();
      stopping = true;
      for (const call of calls) call.hangUp("shutdown");
      await Promise.race([idle(), sleep(clock, STOP_PATIENCE_MS)]);
      for (const call of [...calls]) call.stop();
      await Promise.race([Promise.all([...trunks.values()].map(({ live }) => live.close())), sleep(clock, STOP_PATIENCE_MS)]);
      router.stop();
      await transport.close();
    },
  };
}
