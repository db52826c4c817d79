// The ways out, put together: the simulator, and SIP with its media. Used by app.ts alone.
// Sockets and the media worker are opened with the first sip trunk, so that an appliance without one listens to nobody.

import { appendFileSync, mkdirSync } from "node:fs";
import { withBotProcesses } from "./bots/process-dialer.ts";
import { createSpawner } from "./bots/spawn-process.ts";
import { CallEnding } from "./calls/call.ts";
import type { CallOrder, Dialer, DialTrunk } from "./calls/dialer.ts";
import type { Config } from "./config.ts";
import { createMediaEngine, type MediaEngine, type RecordedCall } from "./media/media-engine.ts";
import { portRangeFor } from "./media/rtp/ports.ts";
import { type Clock, SECOND, sleep } from "./runtime/clock.ts";
import type { Log } from "./runtime/log.ts";
import type { Random } from "./runtime/random.ts";
import { createSimulator } from "./simulator/simulator-dialer.ts";
import { openSipDialer, type SipDialer } from "./sip/sip-dialer.ts";
import { systemDns } from "./sip/transport/system-dns.ts";
import { readTrunkOptions } from "./sip/trunk/trunk-options.ts";
import { trunkProfiles } from "./sip/trunk/trunk-profiles.ts";

export interface DialerDependencies {
  config: Pick<Config, "sip" | "simulatorLog" | "maxConcurrentCalls">;
  clock: Clock;
  random: Random;
  log: Log;
  /** The installation's: what calls are found again by after a crash. */
  secret: string;
  sound: DialerSound;
}

/** What calls play, and where they are recorded to. */
export interface DialerSound {
  /** The sound of an agent's recording, as it is stored. */
  audioOf(id: string): Int16Array | undefined;
  /** Where recordings of calls lie; made with the first sip trunk. */
  folder: string;
  /** The recording of a call that is over lies whole in its file. */
  recorded(recording: RecordedCall): void;
}

type SipBot = Parameters<SipDialer["askBot"]>[0];

/** Every way out. */
export interface Dialers {
  byDriver: Record<DialTrunk["driver"], Dialer>;
  /**
   * At start, and before a call that somebody waits for: opens what these trunks need, and waits a moment for those that answer.
   * Throws a sentence when a port is taken.
   */
  prepare(trunks: readonly DialTrunk[]): Promise<void>;
  /** A trunk was made or changed, or removed (undefined). Returns at once. */
  follow(trunkId: string, trunk: DialTrunk | undefined): void;
  /** Why a bot behind a SIP address seems not to be there, in words; rejects when SIP cannot be opened. */
  askSipBot(connection: SipBot): Promise<string | undefined>;
  /** Ends what is left of calls; resolves when nothing runs any more. */
  stop(): Promise<void>;
}

/** A trunk that takes longer to answer or to register must not hold up the start. */
const READY_MS = 2 * SECOND;

/** Nothing is bound yet. */
export function createDialers(deps: DialerDependencies): Dialers {
  const simulator = createSimulator({ clock: deps.clock, record: recordTo(deps.config.simulatorLog, deps.clock) });
  const sip = createSipLine(deps);
  const { clock, log } = deps;
  const sipWithBots = withBotProcesses({ dialer: sip.dialer, clock, log, spawner: createSpawner(), environment: process.env });
  return {
    byDriver: { simulator, sip: sipWithBots },
    async prepare(trunks) {
      const ours = trunks.filter(({ driver }) => driver === "sip");
      if (ours.length === 0) return;
      const dialer = await sip.open();
      await Promise.race([Promise.all(ours.map((trunk) => dialer.prepare(trunk))), sleep(deps.clock, READY_MS)]);
    },
    follow(trunkId, trunk) {
      const done = trunk?.driver === "sip" ? sip.open().then((dialer) => dialer.prepare(trunk)) : sip.opened()?.forget(trunkId);
      done?.catch((error) => deps.log.error("trunk.not_ready", { trunkId, error }));
    },
    askSipBot: async (connection) => (await sip.open()).askBot(connection),
    async stop() {
      await Promise.all([simulator.stop(), sipWithBots.stop()]);
    },
  };
}

/** What of a trunk's options its adapter cannot work with; for the trunks' routes. */
export function problemsOfTrunk(driver: DialTrunk["driver"], options: Record<string, unknown>): readonly string[] {
  const read = driver === "sip" ? readTrunkOptions(options) : { options };
  return "problems" in read ? read.problems : [];
}

/** The profiles as the API lists them. */
export function listTrunkProfiles() {
  return Object.entries(trunkProfiles).map(([id, { name, options, asks, source }]) => ({
    id,
    name,
    sip: options,
    asks: [...asks],
    source,
  }));
}

interface OpenLine {
  dialer: SipDialer;
  media: MediaEngine;
}

/** The SIP dialer before and after it is open. */
function createSipLine(deps: DialerDependencies) {
  let opening: Promise<OpenLine> | undefined;
  let line: OpenLine | undefined;
  const open = async (): Promise<SipDialer> => {
    opening ??= openLine(deps).catch((error) => {
      opening = undefined;
      throw error;
    });
    line = await opening;
    return line.dialer;
  };
  const dialer: Dialer = {
    place(order, events) {
      if (line !== undefined) return line.dialer.place(order, events);
      deps.clock.soon(() =>
        events.ended({ ending: CallEnding.failed, retry: "requeue", reason: "trunk_unreachable", ringMs: 0, talkMs: 0 }),
      );
      return { hangUp: () => undefined };
    },
    check: async (trunk) => {
      try {
        return await (await open()).check(trunk);
      } catch (error) {
        return (error as Error).message;
      }
    },
    endOrphan: async (orphan) => (await open()).endOrphan(orphan),
    async stop() {
      await opening?.catch(() => undefined);
      await line?.dialer.stop();
      await line?.media.stop();
    },
  };
  return { dialer, open, opened: () => line?.dialer };
}

async function openLine({
  config,
  clock,
  random,
  log,
  secret,
  sound: { audioOf, folder, recorded },
}: DialerDependencies): Promise<OpenLine> {
  const { address, port, publicAddress, rtpAddress, rtpPort } = config.sip;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const media = createMediaEngine({
    clock,
    random,
    log,
    audioOf,
    recorded,
    settings: { address: rtpAddress, ports: portRangeFor(rtpPort, config.maxConcurrentCalls), recordings: folder },
  });
  try {
    const dialer = await openSipDialer({
      clock,
      random,
      log,
      media,
      dns: systemDns(),
      secret,
      bind: { address, port },
      advertise: publicAddress,
      audio: rtpAddress,
    });
    await media.ready();
    return { dialer, media };
  } catch (error) {
    await media.stop();
    throw new Error(`SIP cannot listen on ${address}, UDP port ${port}: ${(error as Error).message}`);
  }
}

/** The simulated carrier's own record of the calls it got, one JSON object a line, written before the call goes on. */
function recordTo(path: string | undefined, clock: Pick<Clock, "now">): ((order: CallOrder) => void) | undefined {
  if (path === undefined) return undefined;
  return ({ callId, attempt, from, to }) =>
    appendFileSync(path, `${JSON.stringify({ at: new Date(clock.now()).toISOString(), callId, attempt, from, to })}\n`);
}
