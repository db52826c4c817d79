// One real call through a dialer on the loopback: what it reported, and a promise of its end.

import type { BotWord } from "../../src/calls/bot.ts";
import type { ActiveCall, CallEvents, CallOrder, Dialer, DialTrunk } from "../../src/calls/dialer.ts";
import type { DialResult } from "../../src/calls/ending.ts";
import { type Clock, systemClock } from "../../src/runtime/clock.ts";
import { createLog } from "../../src/runtime/log.ts";
import { seededRandom } from "../../src/runtime/random.ts";
import { openSipDialer, type SipDialer, type SipDialerDependencies } from "../../src/sip/sip-dialer.ts";
import { systemDns } from "../../src/sip/transport/system-dns.ts";
import { createFakeMedia, type FakeMedia } from "./fake-media.ts";
import { plainPlan } from "./bot-plan.ts";

export interface TestDialer {
  dialer: SipDialer;
  media: FakeMedia;
  log: string[];
}

export async function openTestDialer(more: Partial<SipDialerDependencies> = {}): Promise<TestDialer> {
  const media = createFakeMedia();
  const log: string[] = [];
  const dialer = await openSipDialer({
    clock: systemClock,
    random: seededRandom(7),
    log: createLog("debug", systemClock, (line) => void log.push(line)),
    media,
    dns: systemDns(),
    secret: "an installation's secret",
    bind: { address: "127.0.0.1", port: 0 },
    ...more,
  });
  return { dialer, media, log };
}

/** A clock whose timers run `times` as fast: half a minute of a session timer in a second. */
export function hastened(times: number): Clock {
  return {
    ...systemClock,
    monotonicMs: () => systemClock.monotonicMs() * times,
    after: (delayMs, run) => systemClock.after(delayMs / times, run),
  };
}

export function sipTrunk(options: Record<string, unknown>, id = "trk_test"): DialTrunk {
  return { id, driver: "sip", options: { host: "127.0.0.1", keepAliveSeconds: 0, ...options } };
}

let placed = 0;

export function testOrder(trunk: DialTrunk, more: Partial<CallOrder> = {}): CallOrder {
  return {
    callId: `call_test${(placed += 1)}`,
    attempt: 1,
    from: "+15550100001",
    to: "+15550100002",
    ringTimeoutMs: 5_000,
    maxDurationMs: 60_000,
    bot: plainPlan(),
    trunk,
    ...more,
  };
}

export interface PlacedCall {
  call: ActiveCall;
  /** `ringing`, `answered`, `ended`, in order. */
  events: string[];
  traces: string[];
  /** What was said of it while it went on. */
  words: BotWord[];
  ended: Promise<DialResult>;
}

/** Places a call; `on` is told of each event as it happens. */
export function placeCall(
  { dialer }: { dialer: Pick<Dialer, "place"> },
  order: CallOrder,
  on: (event: string, call: ActiveCall) => void = () => undefined,
  told: CallEvents["told"] = () => undefined,
): PlacedCall {
  const events: string[] = [];
  const traces: string[] = [];
  const words: BotWord[] = [];
  const { promise, resolve } = Promise.withResolvers<DialResult>();
  const note = (event: string) => {
    events.push(event);
    on(event, call);
  };
  const call: ActiveCall = dialer.place(order, {
    ringing: () => note("ringing"),
    answered: () => note("answered"),
    trace(state, stored) {
      traces.push(state);
      stored();
    },
    told(word) {
      words.push(word);
      told(word);
    },
    ended(result) {
      events.push("ended");
      resolve(result);
    },
  });
  return { call, events, traces, words, ended: promise };
}
