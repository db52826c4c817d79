// The line to a bot behind SIP: called once the person has answered, and joined with theirs.

import type { BotPlan } from "../../calls/bot.ts";
import { CallEnding } from "../../calls/call.ts";
import type { CallOrder } from "../../calls/dialer.ts";
import { SECOND } from "../../runtime/clock.ts";
import { botHeaders } from "./bot-headers.ts";
import type { DirectMedia } from "./direct-media.ts";
import type { BotEnd, InviteCall } from "../call/invite-call.ts";
import type { LegDesk } from "../call/leg.ts";
import type { MediaSession } from "../media-port.ts";
import type { PeerRoll } from "../trunk/peer-roll.ts";
import { openSideLine } from "./side-line.ts";
import { silentVerdicts, type Verdict } from "../status.ts";
import type { TraceBook } from "../call/trace-book.ts";

/** The agent's connection names no address that could be called: every call of it would come to the same. */
const noAddress: Verdict = { ending: CallEnding.failed, retry: "halt", reason: "bot_unreachable" };

/** How long the person may wait in silence for their bot. */
const SETUP_MS = 10 * SECOND;

/** Whether the audio of this bot's calls does not pass through here. */
export function isDirect({ connection }: Pick<BotPlan, "connection">): boolean {
  return connection.type === "sip" && connection.media === "direct";
}

export interface BotLineOptions {
  desk: LegDesk;
  peers: PeerRoll;
  order: CallOrder;
  traces: TraceBook;
  session: MediaSession;
  /** Present where the audio is not to pass through here. */
  direct: DirectMedia | undefined;
  person: () => InviteCall;
  /** The bot is gone. */
  botEnded: (end: BotEnd) => void;
}

export interface BotLine {
  /** The person has answered. */
  begin(): void;
  /** The person is gone, or talks to somebody else. */
  end(reason: string): void;
}

/** Without a bot behind SIP there is no line, and nothing is done. */
const noBotLine: BotLine = { begin: () => undefined, end: () => undefined };

/**
 * Takes a port for it, and begins to reach the bot while the person's telephone rings. Why nobody is to be called, otherwise.
 */
export function openBotLine({
  desk,
  peers,
  order,
  traces,
  session,
  direct,
  person,
  botEnded,
}: BotLineOptions): BotLine | { refused: Verdict } {
  const { callId, bot, from, to, maxDurationMs } = order;
  const { connection } = bot;
  if (connection.type !== "sip") return noBotLine;
  const { log } = desk.deps;
  const peer = peers.open(connection.uri, connection.transport, connection);
  if (peer === undefined) return { refused: noAddress };
  const { headers, leftOut } = botHeaders(bot);
  if (leftOut.length > 0) log.warn("bot.headers_left_out", { callId, names: leftOut });
  const line = openSideLine(desk, {
    ...{
      id: `${callId}/bot`,
      callId,
      live: peer.live,
      ofTrunk: false,
      headers,
      bot,
      direct: direct?.bot,
      setupMs: SETUP_MS,
      maxDurationMs,
      traces,
    },
    numbers: { from, to, uri: peer.uri },
    events: {
      answered(other) {
        if (direct === undefined) return session.bridge(other.session, "bot");
        direct.join({ person: person(), bot: other.call }, (problem) => {
          // From now on no packet comes to us, and nobody is to miss it.
          if (problem === undefined) return void session.close();
          log.warn("bot.direct_refused", { callId, why: problem });
          line?.end("media_refused");
          botEnded({ reason: "bot_crashed" });
        });
      },
      failed(reason) {
        log.warn("bot.unreachable", {
          callId,
          place: peer.live.options.host,
          why: reason === "unreachable" ? peer.live.problem() : reason,
        });
        botEnded({ reason: "bot_unreachable" });
      },
      over: ({ hungUpBy }) => botEnded({ reason: hungUpBy === "them" ? "bot_hung_up" : "bot_crashed" }),
    },
  });
  return line ?? { refused: silentVerdicts.noMediaPort };
}
