// The far end of every call: a carrier that rings, answers, refuses, falls silent, speaks out of turn and fails, by a seed.
// It keeps its own log of the calls that reached it, which is what the checker goes by.

import type { CallEvents, CallOrder, Dialer } from "../../src/calls/dialer.ts";
import type { DialResult } from "../../src/calls/ending.ts";
import type { Random } from "../../src/runtime/random.ts";
import type { FakeClock } from "../support/fake-clock.ts";
import { type Course, drawCourse } from "./course.ts";
import type { Life } from "./life.ts";

/** A call that reached the carrier. */
export interface FarCall {
  order: CallOrder;
  life: Life;
  /** Wall clock and monotonic clock of the moment it came in. */
  placedAt: number;
  placedMs: number;
  course: Course;
  isAnswered: boolean;
  /** Nothing of it rings or talks any more. */
  isOver: boolean;
  wasToldToHangUp: boolean;
  /** The first result that the process was told before it gave the call up. */
  result: DialResult | undefined;
}

export interface Carrier {
  /** Every call that came in, in order. */
  log: FarCall[];
  /** Rings or talks now, of any life. One that never reports is taken to last as long as the process may believe it to. */
  open(): FarCall[];
  /** How one life reaches it. */
  dialerFor(life: Life): Dialer;
  /** Trunks that refuse everything until an instant of the monotonic clock. */
  outages: Map<string, number>;
  /** From now on every call is answered and ends well: for the end of a drill, when all must come to rest. */
  isKind: boolean;
}

export interface CarrierDependencies {
  clock: FakeClock;
  random: Random;
  /** Told of a call the moment it comes in, before anything else happens. */
  onCall: (call: FarCall) => void;
}

export function createCarrier({ clock, random, onCall }: CarrierDependencies): Carrier {
  const open = new Set<FarCall>();
  const isOut = (trunkId: string) => (carrier.outages.get(trunkId) ?? 0) > clock.monotonicMs();

  const carrier: Carrier = {
    log: [],
    open: () => [...open].filter((call) => !call.isOver && clock.monotonicMs() < longestEnd(call)),
    outages: new Map(),
    isKind: false,
    dialerFor: (life) => ({
      place(order, events) {
        // The last moment before the packet leaves, and the first after it, are moments to die at.
        life.step();
        const course = drawCourse(random, order, { isKind: carrier.isKind, isOut: isOut(order.trunk.id), now: clock.now() });
        const call: FarCall = {
          order,
          life,
          course,
          placedAt: clock.now(),
          placedMs: clock.monotonicMs(),
          isAnswered: false,
          isOver: false,
          wasToldToHangUp: false,
          result: undefined,
        };
        carrier.log.push(call);
        open.add(call);
        onCall(call);
        life.step();
        const hangUp = take(call, events, { clock, random, forget: () => open.delete(call) });
        if (course.throws) {
          call.isOver = true;
          open.delete(call);
          throw new Error("the socket is gone");
        }
        return { hangUp };
      },
      check: () => Promise.resolve(undefined),
      async endOrphan({ callId }) {
        life.require();
        for (const call of open) if (call.order.callId === callId) endSilently(call, open);
      },
      stop: () => Promise.resolve(),
    }),
  };
  return carrier;
}

/** When the process gives a silent call up: a minute after its longest end, and half a minute for the hanging up. */
function longestEnd({ placedMs, order }: FarCall): number {
  return placedMs + order.ringTimeoutMs + order.maxDurationMs + 90_000;
}

function endSilently(call: FarCall, open: Set<FarCall>): void {
  call.isOver = true;
  open.delete(call);
}

const SECOND = 1_000;

interface Line {
  clock: FakeClock;
  random: Random;
  forget: () => void;
}

/** Lets a call take its course; gives what hangs it up. */
function take(call: FarCall, events: CallEvents, { clock, random, forget }: Line): (reason: string) => void {
  const { course } = call;
  const end = (result: DialResult) => {
    if (call.isOver) return;
    call.isOver = true;
    forget();
    if (clock.monotonicMs() <= longestEnd(call)) call.result = result;
    events.ended(result);
    if (course.isTalkative) talkOutOfTurn(events, clock, random);
  };
  const answer = () => {
    if (call.isOver) return;
    call.isAnswered = true;
    events.answered(clock.now());
    for (const [index, word] of (course.words ?? []).entries()) clock.after(SECOND * (index + 1), () => !call.isOver && events.told(word));
    if (course.talkMs !== undefined) clock.after(course.talkMs, () => end(course.result));
  };
  if (course.throws) return () => undefined;
  if (course.ringsAfterMs !== undefined) clock.after(course.ringsAfterMs, () => !call.isOver && events.ringing(clock.now()));
  if (course.answersAfterMs !== undefined) clock.after(course.answersAfterMs, answer);
  else if (course.endsAfterMs !== undefined) clock.after(course.endsAfterMs, () => end(course.result));

  return (reason) => {
    call.wasToldToHangUp = true;
    if (call.isOver || course.isDeaf) return;
    const talkMs = call.isAnswered ? 5_000 : 0;
    const result: DialResult = call.isAnswered
      ? { ...course.result, ending: "completed", retry: "policy", hungUpBy: "us", reason, talkMs }
      : { ending: "no_answer", retry: "policy", reason, sipCode: 487, hungUpBy: "us", ringMs: 1_000, talkMs };
    clock.after(course.hangUpTakesMs, () => end(result));
  };
}

/** Says once more what it has said, and what it can no longer say. */
function talkOutOfTurn(events: CallEvents, clock: FakeClock, random: Random): void {
  const words = [
    () => events.ringing(clock.now()),
    () => events.answered(clock.now()),
    () => events.ended({ ending: "busy", retry: "policy", reason: "busy", sipCode: 486, ringMs: 0, talkMs: 0 }),
    () => events.ended({ ending: "failed", retry: "requeue", reason: "trunk_busy", sipCode: 503, ringMs: 0, talkMs: 0 }),
  ];
  for (const say of words) if (random.fraction() < 0.5) clock.after(Math.floor(random.fraction() * 90_000), say);
}
