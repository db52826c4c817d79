// The recording of one call: both sides in one stereo file (left: the person, right: who talks to them), written in pieces
// beside the call, which never waits for the disk. Made by the engine for line.ts.

import { FRAME_SAMPLES, SAMPLE_RATE } from "./frame.ts";
import { durationMsOf, WAV_HEADER_BYTES, wavHeader } from "./wav.ts";

/** One call's; a `heard` and then a `said` for each 20 ms. */
export interface Recording {
  heard(frame: Int16Array): void;
  /** Undefined for silence. */
  said(frame: Int16Array | undefined): void;
  /** What is left is written; `RecordingParts.done` follows. */
  close(): void;
}

/** An open file that this process alone writes. */
export interface SoundFile {
  write(bytes: Uint8Array, at: number): Promise<void>;
  close(): Promise<void>;
}

interface RecordingParts {
  /** Makes the file, which must not be there. */
  open(): Promise<SoundFile>;
  /** Nothing more is recorded, the call goes on; at most once, and before `done`. */
  failed(error: unknown): void;
  /** The file is closed and whole; `bytes` is its length, 0 when there is none. Exactly once after `close`. */
  done(recorded: { bytes: number; durationMs: number }): void;
}

const CHANNELS = 2;
const SECONDS_A_PIECE = 2;
/** A disk that is further behind than 16 s is taken for broken. */
const MOST_WAITING = 8;

/** The file is made at once, in the background. Its header is right after each piece, so that a crash leaves a whole file. */
export function createRecording({ open, failed, done }: RecordingParts): Recording {
  const opening = open();
  let piece = newPiece();
  let samples = 0;
  let waiting = 0;
  let written = 0;
  let isBroken = false;
  let isClosed = false;

  const fail = (error: unknown) => {
    if (isBroken) return;
    isBroken = true;
    failed(error);
  };
  let work: Promise<void> = opening.then(() => undefined, fail);

  const write = async (sound: Uint8Array) => {
    if (isBroken) return;
    const file = await opening;
    await file.write(sound, WAV_HEADER_BYTES + written);
    written += sound.byteLength;
    await file.write(wavHeader(CHANNELS, written), 0);
  };
  const hand = (part: Int16Array) => {
    if (waiting === MOST_WAITING) return fail(new Error(`the disk is ${MOST_WAITING * SECONDS_A_PIECE} s behind`));
    waiting += 1;
    work = work
      .then(() => write(new Uint8Array(part.buffer, 0, part.byteLength)))
      .catch(fail)
      .then(() => void (waiting -= 1));
  };
  const finish = async () => {
    await opening.then((file) => file.close()).catch(fail);
    done({
      bytes: written === 0 ? 0 : WAV_HEADER_BYTES + written,
      durationMs: durationMsOf(written / (CHANNELS * Int16Array.BYTES_PER_ELEMENT)),
    });
  };

  return {
    heard(frame) {
      for (let index = 0; index < FRAME_SAMPLES; index += 1) piece[samples + index * CHANNELS] = frame[index] ?? 0;
    },
    said(frame) {
      for (let index = 0; index < FRAME_SAMPLES; index += 1) piece[samples + index * CHANNELS + 1] = frame?.[index] ?? 0;
      samples += FRAME_SAMPLES * CHANNELS;
      if (samples < piece.length) return;
      if (!isBroken) hand(piece);
      piece = newPiece();
      samples = 0;
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      if (samples > 0 && !isBroken) hand(piece.subarray(0, samples));
      void work.then(finish);
    },
  };
}

function newPiece(): Int16Array<ArrayBuffer> {
  return new Int16Array(SECONDS_A_PIECE * SAMPLE_RATE * CHANNELS);
}
