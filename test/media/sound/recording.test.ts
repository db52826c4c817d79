// Recordings of calls: real files, and disks that fail.

import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { WaveFile } from "wavefile";
import { createRecording, type SoundFile } from "../../../src/media/sound/recording.ts";
import { makeSoundFile } from "../../../src/media/sound/sound-file.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { until } from "../support/until.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());

const frameOf = (value: number) => new Int16Array(160).fill(value);

function start(open: () => Promise<SoundFile>) {
  const seen = { failures: [] as string[], done: [] as { bytes: number; durationMs: number }[] };
  const recording = createRecording({
    open,
    failed: (error) => void seen.failures.push((error as Error).message),
    done: (recorded) => void seen.done.push(recorded),
  });
  return {
    seen,
    recording,
    record(frames: number) {
      for (let index = 0; index < frames; index += 1) {
        recording.heard(frameOf(index));
        recording.said(index % 2 === 0 ? frameOf(-index) : undefined);
      }
    },
  };
}

describe("a recording", () => {
  test("has the person on the left and the bot on the right, sample by sample, in a file of its owner's", async () => {
    const path = join(folder.path, "call_1.wav");
    const { record, recording, seen } = start(() => makeSoundFile(path));
    record(250);
    recording.close();
    recording.close();
    await until("it is whole", () => seen.done.length > 0);
    expect(seen).toEqual({ failures: [], done: [{ bytes: 44 + 250 * 640, durationMs: 5_000 }] });
    expect(statSync(path)).toMatchObject({ size: 44 + 250 * 640 });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const file = new WaveFile(readFileSync(path));
    expect(file.fmt).toMatchObject({ numChannels: 2, sampleRate: 8_000, bitsPerSample: 16 });
    const [left, right] = file.getSamples() as unknown as [Float64Array, Float64Array];
    expect([0, 160, 249 * 160].map((at) => [left[at], right[at] ? right[at] : 0])).toEqual([
      [0, 0],
      [1, 0],
      [249, 0],
    ]);
    expect([left[248 * 160], right[248 * 160]]).toEqual([248, -248]);
  });

  test("is a whole file at every moment, as far as it was written", async () => {
    const path = join(folder.path, "call_2.wav");
    const { record, recording, seen } = start(() => makeSoundFile(path));
    record(130);
    const size = () => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    await until("the first two seconds are written", () => size() === 44 + 100 * 640 && readFileSync(path).readUInt32LE(40) === 100 * 640);
    expect((new WaveFile(readFileSync(path)).getSamples() as unknown as Float64Array[])[0]).toHaveLength(16_000);
    recording.close();
    await until("it is closed", () => seen.done.length > 0);
  });

  test("of a call that was over at once is none", async () => {
    const { recording, seen } = start(() => makeSoundFile(join(folder.path, "call_3.wav")));
    recording.close();
    await until("it is closed", () => seen.done.length > 0);
    expect(seen).toEqual({ failures: [], done: [{ bytes: 0, durationMs: 0 }] });
  });
});

describe("a disk that fails", () => {
  test("when the file cannot be made: told once, and nothing is kept", async () => {
    const { record, recording, seen } = start(() => Promise.reject(new Error("no space left")));
    record(500);
    recording.close();
    await until("it is closed", () => seen.done.length > 0);
    expect(seen).toEqual({ failures: ["no space left"], done: [{ bytes: 0, durationMs: 0 }] });
  });

  test("when it is full: what was written so far is kept", async () => {
    let writes = 0;
    const write = async () => {
      writes += 1;
      if (writes > 2) throw new Error("ENOSPC");
    };
    const { record, recording, seen } = start(async () => ({ write, close: async () => undefined }));
    record(450);
    await until("it has failed", () => seen.failures.length > 0);
    record(450);
    recording.close();
    await until("it is closed", () => seen.done.length > 0);
    expect(seen).toEqual({ failures: ["ENOSPC"], done: [{ bytes: 44 + 100 * 640, durationMs: 2_000 }] });
  });

  test("when it stands still: no more than 16 s wait in memory, and the call is not held up", async () => {
    const stuck = Promise.withResolvers<void>();
    const { record, recording, seen } = start(async () => ({ write: () => stuck.promise, close: async () => undefined }));
    record(8 * 100);
    expect(seen.failures).toEqual([]);
    record(100);
    expect(seen.failures).toEqual(["the disk is 16 s behind"]);
    recording.close();
    stuck.resolve();
    await until("it is closed", () => seen.done.length > 0);
    expect(seen.failures).toHaveLength(1);
  });
});
