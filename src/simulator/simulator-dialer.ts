// The embedded carrier: a dialer that rings, answers and ends calls by the clock alone, without a network.

import { CallEnding } from "../calls/call.ts";
import type { ActiveCall, CallEvents, CallOrder, Dialer } from "../calls/dialer.ts";
import type { DialResult } from "../calls/ending.ts";
import type { Cancel, Clock } from "../runtime/clock.ts";
import { courseOf, simulatorDefaults, type SimulatedCourse, type SimulatorOptions } from "./outcome.ts";

export interface SimulatorDependencies {
  clock: Clock;
  /** Told of each call as it is placed, before anything else happens: the carrier's own record. */
  record?: (order: CallOrder) => void;
}

/** Trunks tell it their seed, times and answer rate in each order. Calls end by the clock alone; nothing outlives the process. */
export function createSimulator({ clock, record }: SimulatorDependencies): Dialer {
  const calls = new Set<ActiveCall>();
  return {
    place(order, events) {
      record?.(order);
      const options: SimulatorOptions = { ...simulatorDefaults, ...(order.trunk.options as Partial<SimulatorOptions>) };
      const call = startCall({ clock, order, options, events, forget: () => calls.delete(call) });
      calls.add(call);
      return call;
    },
    check: () => Promise.resolve(undefined),
    // Simulated calls die with the process.
    endOrphan: () => Promise.resolve(),
    stop() {
      for (const call of [...calls]) call.hangUp("shutdown");
      return Promise.resolve();
    },
  };
}

interface CallStart {
  clock: Clock;
  order: CallOrder;
  options: SimulatorOptions;
  events: CallEvents;
  forget: () => void;
}

function startCall({ clock, order, options, events, forget }: CallStart): ActiveCall {
  const course = courseOf(order.to, order.attempt, options);
  let stage: "placing" | "ringing" | "answered" | "over" = "placing";
  let isHandedOver = false;
  let cancelNext: Cancel = () => undefined;

  const then = (delayMs: number, run: () => void) => {
    if (delayMs > 0) cancelNext = clock.after(delayMs, run);
    else clock.soon(() => stage !== "over" && run());
  };
  const end = (result: DialResult) => {
    if (stage === "over") return;
    stage = "over";
    // Hung up in the turn of its placing, the ringing's own timer was set after that.
    cancelNext();
    forget();
    events.ended(result);
  };
  const answer = () => {
    if (!course.answers) return end(course.result);
    stage = "answered";
    events.answered(clock.now());
    if (course.result.ending === CallEnding.voicemail)
      events.told({ type: "machine", verdict: { result: "machine", reason: "simulated", atMs: 0 } });
    then(options.talkMs, () => end(course.result));
  };
  then(0, () => {
    if (course.rings) {
      stage = "ringing";
      events.ringing(clock.now());
    }
    then(options.ringMs, answer);
  });

  return {
    hangUp(reason) {
      if (stage === "over") return;
      cancelNext();
      const result = interrupted(course, stage === "answered", reason);
      clock.soon(() => end(result));
    },
    // Whoever is asked for picks up at once, or not at all, as their number has it; the person's call is over with theirs.
    transfer(to) {
      if (stage !== "answered") return "the call is not answered";
      if (isHandedOver) return "the person was handed over before";
      const target = courseOf(to, order.attempt, options);
      if (!target.answers) {
        clock.soon(() => stage === "answered" && events.told({ type: "transfer_failed", to, reason: target.result.reason }));
        return undefined;
      }
      isHandedOver = true;
      cancelNext();
      const result = interrupted(course, true, "transferred");
      clock.soon(() => end(result));
      return undefined;
    },
  };
}

/** A call that we ended before its course was over: CANCEL while it rings, BYE while they talk. */
function interrupted(course: SimulatedCourse, answered: boolean, reason: string): DialResult {
  if (answered) return { ...course.result, hungUpBy: "us", reason };
  return { ending: CallEnding.noAnswer, retry: "policy", reason, sipCode: 487, hungUpBy: "us", ringMs: 1_000, talkMs: 0 };
}
