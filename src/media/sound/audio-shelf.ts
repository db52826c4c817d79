// The agents' recordings that the worker holds, as the main thread keeps count of them: each is sent once, ahead of the first
// call that plays it, and the one that was least lately needed is forgotten when there is too much. Used by media-engine.ts.

import type { BotPlan } from "../../calls/bot.ts";
import type { AudioOf } from "../media-bot.ts";
import type { ToWorker } from "../protocol.ts";

/** 64 MiB of sound, more than an hour. What a call plays stays with the call after it is forgotten here. */
const MOST_SAMPLES = 32 * 1024 * 1024;

export interface AudioShelf {
  /** Sees to it that the worker has what the plan may play; before its `open`. */
  provide(plan: BotPlan): void;
  /** The worker is gone with all it had. */
  empty(): void;
}

/** `audioOf` reads from the disk. */
export function createAudioShelf(audioOf: AudioOf, send: (message: ToWorker) => void): AudioShelf {
  /** Id → samples, the least lately needed first. */
  const held = new Map<string, number>();
  const total = () => [...held.values()].reduce((sum, samples) => sum + samples, 0);

  const provideOne = (id: string) => {
    const known = held.get(id);
    const samples = known === undefined ? audioOf(id) : undefined;
    if (known === undefined && samples === undefined) return;
    held.delete(id);
    held.set(id, known ?? samples?.length ?? 0);
    if (samples === undefined) return;
    send({ type: "audio", id, samples });
    for (const oldest of [...held.keys()]) {
      if (oldest === id || total() <= MOST_SAMPLES) return;
      held.delete(oldest);
      send({ type: "forgetAudio", id: oldest });
    }
  };
  return {
    provide: (plan) => audioIn(plan).forEach(provideOne),
    empty: () => held.clear(),
  };
}

function audioIn({ connection, line: { voicemail } }: BotPlan): string[] {
  const played = connection.type === "announcement" ? [connection.audio] : [];
  return voicemail.action === "message" && voicemail.audio !== undefined ? [...played, voicemail.audio] : played;
}
