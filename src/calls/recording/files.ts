// The recordings of calls as files: one folder, one file a call, named after it. The media worker writes them; here they are
// found, read and removed. Used by routes.ts and retention.ts.

import { readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { SECOND } from "../../runtime/clock.ts";

/** Of a recording that is whole; `bytes` is the file's length with its header. */
export interface RecordedSound {
  bytes: number;
  durationMs: number;
}

/** The folder need not be there: then it is empty. */
export interface RecordingFiles {
  folder: string;
  /** Whether the call's file is there: a note may outlive it, where only the database was restored. */
  has(callId: string): Promise<boolean>;
  /** The bytes from `start` to before `end`; they are read when they are asked for. */
  open(callId: string, start: number, end: number): Blob;
  /** The calls that have a file. */
  list(): Promise<string[]>;
  /** What the file says of itself, as far as it was written; undefined when it is gone or not begun. */
  measure(callId: string): Promise<RecordedSound | undefined>;
  /** A file that is gone already is no fault. */
  remove(callId: string): Promise<void>;
}

const NAME = /^(call_[0-9a-z]+)\.wav$/;
const HEADER_BYTES = 44;
/** Where the header has the length of the sound, in bytes. */
const LENGTH_AT = 40;
/** Two channels of 8,000 samples of 16 bits. */
const BYTES_A_SECOND = 32_000;

/** Nothing is made or read yet. */
export function createRecordingFiles(folder: string): RecordingFiles {
  const pathOf = (callId: string) => join(folder, `${callId}.wav`);
  return {
    folder,
    has: (callId) => Bun.file(pathOf(callId)).exists(),
    open: (callId, start, end) => Bun.file(pathOf(callId)).slice(start, end),
    async list() {
      const names = await readdir(folder).catch(emptyIfMissing);
      return names.flatMap((name) => NAME.exec(name)?.[1] ?? []);
    },
    async measure(callId) {
      const file = Bun.file(pathOf(callId));
      if (!(await file.exists()) || file.size < HEADER_BYTES) return undefined;
      const header = new DataView(await file.slice(0, HEADER_BYTES).arrayBuffer());
      const sound = Math.min(header.getUint32(LENGTH_AT, true), file.size - HEADER_BYTES);
      return sound === 0 ? undefined : { bytes: HEADER_BYTES + sound, durationMs: (sound / BYTES_A_SECOND) * SECOND };
    },
    remove: (callId) => unlink(pathOf(callId)).catch((error) => void emptyIfMissing(error)),
  };
}

function emptyIfMissing(error: unknown): string[] {
  if ((error as { code?: string }).code === "ENOENT") return [];
  throw error;
}
