// The bot that needs no bot: sends a tone, measures what comes back, hangs up. It tries a trunk end to end.

import { FRAME_MS } from "../media/sound/frame.ts";
import type { BotHost, MediaBot } from "../media/media-bot.ts";
import { createTone, levelDb, meanSquare, toneShare } from "../media/sound/tone.ts";

/** What it says; in the middle of the telephone band. */
const SIMULATED_TONE_HZ = 1_000;
const AMPLITUDE = 8_000;
const DEFAULT_TALK_MS = 4_000;

/** Mean square above which a frame counts as sound, about -50 dB: above the comfort noise of a quiet line. */
const SOUND = 100 ** 2;
/** Share of a frame's power that must lie at the tone's frequency for it to be our tone. */
const TONE_SHARE = 0.8;

/**
 * The analysis of a simulated conversation. `success`: anything was heard. `heard` is `tone` when most of it was our own
 * tone (an echo test), `sound` for anything else, `silence` for nothing. `levelDb` is the mean of what was heard.
 */
interface SimulatedAnalysis {
  success: boolean;
  heard: "tone" | "sound" | "silence";
  heardMs: number;
  toneMs: number;
  levelDb: number | null;
  digits: string;
}

/** Ends the call after `talkMs` of frames with reason `bot_hung_up`. */
export function createSimulatedBot(host: BotHost, talkMs: number = DEFAULT_TALK_MS): MediaBot {
  const tone = createTone([SIMULATED_TONE_HZ], AMPLITUDE);
  const framesToTalk = Math.max(1, Math.ceil(talkMs / FRAME_MS));
  const measured = { frames: 0, tones: 0, power: 0, digits: "" };
  let framesSent = 0;
  return {
    start: () => undefined,
    onFrame(frame) {
      const power = meanSquare(frame);
      if (power < SOUND) return;
      measured.frames += 1;
      measured.power += power;
      if (toneShare(frame, SIMULATED_TONE_HZ, power) >= TONE_SHARE) measured.tones += 1;
    },
    nextFrame(frame) {
      if (framesSent === framesToTalk) {
        host.end({ reason: "bot_hung_up", analysis: { ...analysisOf(measured) } });
        return false;
      }
      framesSent += 1;
      tone.fill(frame);
      return true;
    },
    onDtmf: (digit) => void (measured.digits += digit),
    close: () => undefined,
  };
}

function analysisOf({ frames, tones, power, digits }: { frames: number; tones: number; power: number; digits: string }): SimulatedAnalysis {
  const heard = frames === 0 ? "silence" : "sound";
  return {
    success: frames > 0,
    heard: tones > frames / 2 ? "tone" : heard,
    heardMs: frames * FRAME_MS,
    toneMs: tones * FRAME_MS,
    levelDb: frames === 0 ? null : Math.round(levelDb(power / frames) * 10) / 10,
    digits,
  };
}
