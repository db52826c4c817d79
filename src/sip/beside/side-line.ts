// A line beside the person's, from the wish for it to its end: reached, stored, called, answered within a bound or given up.
// bot-line.ts and hand-over.ts say whose it is and what its ends mean for the call.

import { type BotPlan, bareLine } from "../../calls/bot.ts";
import type { DialResult } from "../../calls/ending.ts";
import type { Cancel } from "../../runtime/clock.ts";
import type { CallNumbers } from "../call/call-requests.ts";
import type { InviteCall } from "../call/invite-call.ts";
import { type DirectLeg, type LegDesk, openLeg } from "../call/leg.ts";
import type { LiveTrunk } from "../trunk/live-trunk.ts";
import type { MediaSession } from "../media-port.ts";
import type { Header } from "../message/message.ts";
import type { TraceBook } from "../call/trace-book.ts";

export interface SideLineOrder {
  /** Its own: a line that failed is not tried again under the same. */
  id: string;
  callId: string;
  live: LiveTrunk;
  /** Whether `live` is the call's own trunk. */
  ofTrunk: boolean;
  numbers: CallNumbers;
  headers?: readonly Header[];
  direct?: DirectLeg;
  /** The call's; on this line nothing is detected, recorded or said. */
  bot: BotPlan;
  /** From `begin` to the answer. */
  setupMs: number;
  maxDurationMs: number;
  traces: TraceBook;
  events: SideLineEvents;
}

/** Either `failed`, or `answered` and then `over`; nothing after `end`. */
export interface SideLineEvents {
  /** With what is to be joined. */
  answered(line: { session: MediaSession; call: InviteCall }): void;
  /** `reason` is a word: `busy`, `ring_timeout`, `unreachable`. */
  failed(reason: string): void;
  /** It was answered, and its far end, or what lies between, ended it. */
  over(result: DialResult): void;
}

export interface SideLine {
  begin(): void;
  /** Our wish: CANCEL or BYE. Twice is fine. */
  end(reason: string): void;
}

/** Takes a port; undefined when none is free. Nothing is sent before `begin`. */
export function openSideLine(desk: LegDesk, order: SideLineOrder): SideLine | undefined {
  const { clock } = desk.deps;
  const { id, callId, live, ofTrunk, numbers, headers, direct, setupMs, maxDurationMs, traces, events } = order;
  const where = ofTrunk ? { id, ofTrunk } : { id, ofTrunk, tls: live.options.tls };
  let stage: "waiting" | "talking" | "over" = "waiting";
  let call: InviteCall | undefined;
  let cancel: Cancel = () => undefined;

  const finish = () => {
    stage = "over";
    cancel();
    traces.forget(id);
  };
  const leg = openLeg(desk, {
    ...{ id, callId, live, numbers, headers, direct, maxDurationMs },
    bot: { ...order.bot, connection: { type: "sip", uri: "" }, line: bareLine },
    // Never before the bound below, which also holds where nothing is sent yet.
    ringTimeoutMs: setupMs,
    events: {
      answered() {
        if (stage !== "waiting") return;
        stage = "talking";
        cancel();
        if (leg !== undefined && call !== undefined) events.answered({ session: leg.session, call });
      },
      trace: (trace, stored) => (stage === "over" ? stored() : traces.line({ ...where, trace }, stored)),
      ended(result) {
        const before = stage;
        if (before === "over") return;
        finish();
        if (before === "talking") events.over(result);
        else events.failed(result.reason);
      },
    },
  });
  if (leg === undefined) return undefined;

  const letGo = (reason: string) => {
    finish();
    call?.hangUp(reason);
    // At once: the far end may take half a minute to confirm the end, or never do it.
    leg.discard();
  };
  const give = (reason: string) => {
    if (stage !== "waiting") return;
    letGo(reason);
    events.failed(reason);
  };
  /** On disk before it leaves: whoever comes after a crash must find whom to take it back from. */
  const place = () => {
    const destinations = live.destinations();
    const [destination] = destinations;
    if (stage !== "waiting") return;
    if (destination === undefined) return give("unreachable");
    traces.line({ ...where, trace: leg.plan(destination) }, () => {
      if (stage === "waiting") call = leg.start(destinations);
    });
  };
  return {
    begin() {
      cancel = clock.after(setupMs, () => give("ring_timeout"));
      if (live.destinations().length > 0) place();
      else void live.ready().then(place);
    },
    end(reason) {
      if (stage !== "over") letGo(reason);
    },
  };
}
