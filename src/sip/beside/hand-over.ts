// Handing the person over: a line to a number through the call's own trunk, or to a SIP address. Until it is answered the
// conversation with the bot goes on; then the two lines are joined, and either end hangs up both.

import { CallEnding } from "../../calls/call.ts";
import type { CallEvents, CallOrder } from "../../calls/dialer.ts";
import type { DialResult } from "../../calls/ending.ts";
import { isDirect } from "./bot-line.ts";
import type { BotEnd, InviteCall } from "../call/invite-call.ts";
import type { LegDesk } from "../call/leg.ts";
import type { LiveTrunk } from "../trunk/live-trunk.ts";
import type { MediaSession } from "../media-port.ts";
import type { PeerRoll } from "../trunk/peer-roll.ts";
import { openSideLine, type SideLine } from "./side-line.ts";
import type { TraceBook } from "../call/trace-book.ts";

export interface HandOverOptions {
  desk: LegDesk;
  peers: PeerRoll;
  order: CallOrder;
  /** The trunk that the person was called through. */
  live: LiveTrunk;
  traces: TraceBook;
  session: MediaSession;
  person: () => InviteCall;
  told: CallEvents["told"];
  /** Somebody else talks to the person from now on. */
  letBotGo: () => void;
}

export interface HandOver {
  /** Asked of answered calls alone. Why it cannot even be tried, as a sentence. */
  ask(destination: string): string | undefined;
  /** The conversation with the bot is over: so is the call, unless somebody else is being called for the person. */
  botEnded(end: BotEnd): void;
  /** The bot was refused what it asked for. */
  refuse(reason: string): void;
  /** The person's line is over: the other one ends with it. What the call came to. */
  end(result: DialResult): DialResult;
}

/** Of one call; a bot that hands over again and again would never stop. */
const MOST_TRIES = 10;

/** Ends that wait for what comes of the other line: many a bot asks for a transfer and leaves. The person hears nothing meanwhile. */
const botEnds: readonly string[] = ["bot_hung_up", "bot_crashed", "bot_unreachable"];

/** One a call. */
export function createHandOver({ desk, peers, order, live, traces, session, person, told, letBotGo }: HandOverOptions): HandOver {
  const { callId, from, bot, ringTimeoutMs, maxDurationMs } = order;
  const { clock } = desk.deps;
  let tries = 0;
  let line: SideLine | undefined;
  let asked = "";
  let isJoined = false;
  let botLeft: BotEnd | undefined;

  const fail = (reason: string) => {
    line = undefined;
    told({ type: "transfer_failed", to: asked, reason });
    if (botLeft === undefined) session.transferFailed(reason);
    else person().botEnded(botLeft);
  };
  const targetOf = (to: string) => {
    if (!/^sips?:/i.test(to)) return { live, ofTrunk: true, numbers: { from, to } };
    const peer = peers.open(to);
    return peer && { live: peer.live, ofTrunk: false, numbers: { from, to, uri: peer.uri } };
  };
  return {
    ask(to) {
      if (isDirect(bot))
        return "the audio of the call flows directly between the person and the bot, which only relayed calls can be taken from";
      if (line !== undefined) return isJoined ? "the person was handed over before" : "the person is being handed over";
      if (tries >= MOST_TRIES) return `the call was handed over ${MOST_TRIES} times in vain, which is the most`;
      const target = targetOf(to);
      if (target === undefined) return `'${to.slice(0, 100)}' is neither a number nor a SIP address`;
      const opened = openSideLine(desk, {
        ...{ id: `${callId}/transfer${(tries += 1)}`, callId, ...target, bot, setupMs: ringTimeoutMs, maxDurationMs, traces },
        events: {
          answered(other) {
            // The two crossed: the person has hung up, or is being hung up on.
            if (!person().isTalking()) return line?.end("hung_up");
            isJoined = true;
            letBotGo();
            session.bridge(other.session, "hand_over");
          },
          failed: (reason) => fail(reason),
          over: () => person().hangUp("transferred"),
        },
      });
      if (opened === undefined) return "no port for the audio of another line is free";
      line = opened;
      asked = to;
      // Whoever asks notes it first: a failure in this very turn would be told before that.
      clock.soon(opened.begin);
      return undefined;
    },
    botEnded(end) {
      // Once joined it is the word of a bot that was let go, on its way when it was.
      const mayWait = botEnds.includes(end.reason) || (!isJoined && end.reason === "silence_timeout");
      if (line === undefined || !mayWait) return person().botEnded(end);
      botLeft ??= end;
    },
    refuse: session.transferFailed,
    end(result) {
      line?.end("transferred");
      if (line !== undefined && !isJoined) told({ type: "transfer_failed", to: asked, reason: "hung_up" });
      if (!isJoined || result.ending !== CallEnding.completed) return result;
      const analysis = result.analysis ?? botLeft?.analysis;
      return { ...result, reason: "transferred", ...(analysis === undefined ? {} : { analysis }) };
    },
  };
}
