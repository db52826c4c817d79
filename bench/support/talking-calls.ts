// So many calls with the simulated bot, talking through the media worker of this process to the far ends of media-peer.c.

import type { BotPlan } from "../../src/calls/bot.ts";
import { createMediaEngine } from "../../src/media/media-engine.ts";
import type { MediaReport, RemoteMedia } from "../../src/media/protocol.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { createLog } from "../../src/runtime/log.ts";
import { systemRandom } from "../../src/runtime/random.ts";
import { plainPlan } from "../../test/support/bot-plan.ts";

/** One at a URL, or the simulated one. */
export function talkingBot(url?: string): BotPlan {
  return plainPlan(url === undefined ? { type: "simulated", talkMs: 3_600_000 } : { type: "stream", url });
}

/** Each call has a far end of its own, two ports apart. */
export function farEnd(farPort: number, index: number): RemoteMedia {
  return { address: "127.0.0.1", port: farPort + index * 2, codec: "PCMU", payloadType: 0, direction: "sendrecv", latch: false };
}

/** `ready` runs when the worker is up and no call is yet. Resolves with a function that ends the calls and gives their reports. */
export async function startTalking(
  calls: number,
  farPort: number,
  ownPort: number,
  ready: () => void,
  bot = talkingBot(),
): Promise<() => Promise<MediaReport[]>> {
  const log = createLog("warn", systemClock, (line) => console.error(line));
  const media = createMediaEngine({
    clock: systemClock,
    random: systemRandom,
    log,
    settings: { address: "127.0.0.1", ports: { from: ownPort, to: ownPort + calls * 2 - 1 } },
  });
  await media.ready();
  ready();
  const ignore = {
    botEnded: (end: unknown) => console.error(end),
    dtmf: () => undefined,
    noRtp: () => console.error("no RTP"),
    told: () => undefined,
  };
  const sessions = Array.from({ length: calls }, () => media.open({ callId: "bench", bot, srtp: false }, ignore));
  sessions.forEach((session, index) => {
    session?.connect(farEnd(farPort, index));
    session?.answer();
  });
  return async () => {
    const reports = await Promise.all(sessions.flatMap((session) => session?.close() ?? []));
    await media.stop();
    return reports;
  };
}

/** What the calls counted, as the benches print it. */
export function sumsOf(reports: readonly MediaReport[]): Record<string, number> {
  const sum = (field: keyof MediaReport) => reports.reduce((total, report) => total + report[field], 0);
  return {
    sent: sum("packetsSent"),
    received: sum("packetsReceived"),
    lost: sum("packetsLost"),
    refused: sum("packetsRefused"),
    late: sum("packetsLate"),
    concealed: sum("framesConcealed"),
  };
}
