// A file on this machine's disk for a recording, which only its owner may read. Used by the worker.

import { open } from "node:fs/promises";
import type { SoundFile } from "./recording.ts";

/** Rejects when the file is there, or cannot be made. */
export async function makeSoundFile(path: string): Promise<SoundFile> {
  const file = await open(path, "wx", 0o600);
  return {
    async write(bytes, at) {
      let done = 0;
      while (done < bytes.byteLength) done += (await file.write(bytes, done, bytes.byteLength - done, at + done)).bytesWritten;
    },
    close: () => file.close(),
  };
}
