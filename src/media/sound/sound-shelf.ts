// The sound that the worker holds for its calls: the agents' recordings, and those of calls that are still being written.
// Part of the engine; audio-shelf.ts keeps count of it on the main thread.

import type { AudioOf } from "../media-bot.ts";
import type { FromWorker, ToWorker } from "../protocol.ts";
import { createRecording, type Recording, type SoundFile } from "./recording.ts";

interface SoundShelfParts {
  post(message: FromWorker): void;
  makeFile(path: string): Promise<SoundFile>;
}

/** One a worker. */
export interface SoundShelf {
  receive(message: Extract<ToWorker, { type: "audio" | "forgetAudio" }>): void;
  audioOf: AudioOf;
  /** The folder for recordings; undefined: none are made. */
  keepIn(folder: string | undefined): void;
  /** The call's file is made in the background; undefined, and told, where there can be none. */
  record(callId: string): Recording | undefined;
  /** Resolves when every recording that was begun is whole and closed. */
  finish(): Promise<void>;
}

/** No file is named after anything but this. */
const CALL_ID = /^call_[0-9a-z]{1,40}$/;

/** Holds nothing yet. */
export function createSoundShelf({ post, makeFile }: SoundShelfParts): SoundShelf {
  const audio = new Map<string, Int16Array>();
  const open = new Set<Promise<void>>();
  let folder: string | undefined;

  const begin = (callId: string, path: string): Recording => {
    const closed = Promise.withResolvers<void>();
    open.add(closed.promise);
    return createRecording({
      open: () => makeFile(path),
      failed: (error) => post({ type: "recordingFailed", callId, error: error instanceof Error ? error.message : String(error) }),
      done(recorded) {
        if (recorded.bytes > 0) post({ type: "recorded", callId, ...recorded });
        open.delete(closed.promise);
        closed.resolve();
      },
    });
  };
  return {
    receive(message) {
      if (message.type === "audio") audio.set(message.id, message.samples);
      else audio.delete(message.id);
    },
    audioOf: (id) => audio.get(id),
    keepIn: (next) => void (folder = next),
    record(callId) {
      if (folder !== undefined && CALL_ID.test(callId)) return begin(callId, `${folder}/${callId}.wav`);
      post({
        type: "recordingFailed",
        callId,
        error: folder === undefined ? "there is no folder for recordings" : "the call's id is no name for a file",
      });
      return undefined;
    },
    finish: async () => void (await Promise.all(open)),
  };
}
