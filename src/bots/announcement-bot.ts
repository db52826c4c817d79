// The bot that is a recording: plays it, takes a key during or after it, does what the agent says of that key, hangs up.

import type { BotConnection, KeyAction } from "../calls/bot.ts";
import { FRAME_MS } from "../media/sound/frame.ts";
import type { BotHost, MediaBot } from "../media/media-bot.ts";
import { createPlayer } from "../media/sound/player.ts";

type Announcement = BotConnection & { type: "announcement" };

/** How long the line is held for a person who pressed the key of a transfer; whoever takes it replaces this bot. */
const TRANSFER_WAIT_MS = 60_000;

/** Ends the call with `bot_hung_up`, by a key with `key_pressed` or `opted_out`, or with `bot_unreachable` when there is no such recording. */
export function createAnnouncementBot(
  host: BotHost,
  { audio, keys, waitSeconds, repeats }: Announcement,
  samples: Int16Array | undefined,
): MediaBot {
  const player = createPlayer(samples ?? new Int16Array());
  let playsLeft = repeats;
  let waitFrames = framesOf(waitSeconds * 1_000);
  /** The key that was taken; a second one changes nothing. */
  let taken: string | undefined;

  const wait = () => {
    waitFrames -= 1;
    if (waitFrames >= 0) return;
    if (taken !== undefined) return host.end({ reason: "bot_hung_up" });
    playsLeft -= 1;
    if (playsLeft <= 0) return host.end({ reason: "bot_hung_up", analysis: { key: null } });
    waitFrames = framesOf(waitSeconds * 1_000);
    player.rewind();
  };
  const act = (key: string, action: KeyAction) => {
    if (action === "opt_out") {
      host.tell({ type: "opt_out", optOut: { by: "key", quote: `key ${key}` } });
      return host.end({ reason: "opted_out", analysis: { key, next_action: "not_interested" } });
    }
    if ("transfer" in action) {
      host.tell({ type: "outcome", analysis: { key } });
      host.tell({ type: "transfer", to: action.transfer });
      waitFrames = framesOf(TRANSFER_WAIT_MS);
      return;
    }
    host.tell({ type: "outcome", analysis: { ...action.outcome, key } });
    host.end({ reason: "key_pressed" });
  };

  return {
    start() {
      if (samples === undefined) host.end({ reason: "bot_unreachable", detail: `the recording ${audio} is not there` });
    },
    onFrame: () => undefined,
    nextFrame(frame) {
      if (taken === undefined && player.fill(frame)) return true;
      wait();
      return false;
    },
    onDtmf(key) {
      const action = Object.hasOwn(keys, key) ? keys[key] : undefined;
      if (action === undefined || taken !== undefined) return;
      taken = key;
      act(key, action);
    },
    // One that somebody else asked for is not this bot's: the recording goes on.
    onTransferFailed: () => (taken === undefined ? undefined : host.end({ reason: "bot_hung_up" })),
    close: () => undefined,
  };
}

function framesOf(ms: number): number {
  return Math.ceil(ms / FRAME_MS);
}
