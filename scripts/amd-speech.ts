// Sentences spoken by espeak-ng and flite, and brought by sox to what a telephone line leaves of them: 8,000 Hz, 300 to
// 3,400 Hz. Used by amd-set.ts; what was spoken once is kept in a folder.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";

/** One sentence by one voice; `speed` in words a minute and `pitch` from 0 to 99 are espeak-ng's, `stretch` is flite's. */
export type Utterance =
  | { engine: "espeak-ng"; voice: string; speed: number; pitch: number; text: string }
  | { engine: "flite"; voice: string; stretch: number; text: string };

/** Spoken sentences by `keyOf`, at 8,000 Hz and without silence at either end. */
export type Speech = ReadonlyMap<string, Int16Array>;

interface Recording {
  key: string;
  sampleRate: number;
  samples: Int16Array;
}

const LINE_RATE = 8_000;
/** Between sentences that go through sox together, so that its filter carries nothing over. */
const SEPARATOR_MS = 100;
const BLOCK = 80;
/** Below the loudest block: what is softer at the ends is no speech. */
const QUIET_SHARE = 0.01;

/** The same for the same utterance. */
export function keyOf(utterance: Utterance): string {
  return JSON.stringify([utterance.engine, ...argumentsOf(utterance)]);
}

/** All but the program's name and where the recording goes. */
function argumentsOf(utterance: Utterance): string[] {
  if (utterance.engine === "flite")
    return ["-voice", utterance.voice, "--setf", `duration_stretch=${utterance.stretch}`, "-t", utterance.text];
  return ["-v", utterance.voice, "-s", String(utterance.speed), "-p", String(utterance.pitch), utterance.text];
}

/** Speaks what `folder` does not hold yet. Throws when a program is missing, naming the packages. */
export async function speak(utterances: readonly Utterance[], folder: string): Promise<Speech> {
  const unique = [...new Map(utterances.map((utterance) => [keyOf(utterance), utterance])).values()];
  const name = createHash("sha256").update(unique.map(keyOf).join("\n")).update(speak.toString()).digest("hex").slice(0, 16);
  const path = join(folder, `${name}.speech`);
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    const scratch = mkdtempSync(join(tmpdir(), "outdial-speech-"));
    try {
      const spoken = await onTheLine(await recordAll(unique, scratch), scratch);
      writeFileSync(`${path}.${process.pid}`, pack(unique.map((utterance) => spoken.get(keyOf(utterance)) ?? new Int16Array())));
      renameSync(`${path}.${process.pid}`, path);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }
  const samples = unpack(readFileSync(path));
  return new Map(unique.map((utterance, index) => [keyOf(utterance), samples[index] ?? new Int16Array()]));
}

/** One process a sentence, as many at once as there are cores; xargs starts them at less cost than we could. */
async function recordAll(utterances: readonly Utterance[], scratch: string): Promise<Recording[]> {
  const jobs = utterances.map((utterance, index) => ({ utterance, path: join(scratch, `${index}.wav`) }));
  for (const [engine, group] of Map.groupBy(jobs, ({ utterance }) => utterance.engine)) {
    const words = group.map(({ utterance, path }) => [engine === "flite" ? "-o" : "-w", path, ...argumentsOf(utterance)]);
    if (Bun.which(engine) === null) throw new Error(`${engine} is missing: apt-get install -y espeak-ng flite sox`);
    await run(["xargs", "-0", "-n", String(words[0]?.length), "-P", String(availableParallelism()), engine], words.flat().join("\0"));
  }
  return jobs.map(({ utterance, path }) => ({ key: keyOf(utterance), ...parseWav(readFileSync(path)) }));
}

async function run(command: string[], input = ""): Promise<void> {
  const child = Bun.spawn(command, { stdin: new Blob([input]), stdout: "ignore", stderr: "pipe" });
  const [complaint, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${complaint.slice(0, 500)}`);
}

/** 16-bit mono; the length that a stream's header gives is not to be relied on, so all that follows it counts. */
function parseWav(bytes: Buffer): Omit<Recording, "key"> {
  const data = bytes.indexOf("data", 12, "latin1") + 8;
  if (data < 8) throw new Error(`no WAV but ${bytes.length} bytes that begin with ${bytes.subarray(0, 16).toString("hex")}`);
  return { sampleRate: bytes.readUInt32LE(24), samples: toSamples(bytes.subarray(data)) };
}

function toSamples(bytes: Buffer): Int16Array {
  // A copy, for a buffer may begin at an odd address.
  return new Int16Array(Uint8Array.from(bytes).buffer, 0, bytes.length >> 1);
}

/** One run of sox for each sample rate, over all sentences in a row. */
async function onTheLine(recordings: readonly Recording[], scratch: string): Promise<Map<string, Int16Array>> {
  const spoken = new Map<string, Int16Array>();
  for (const [sampleRate, group] of Map.groupBy(recordings, (recording) => recording.sampleRate)) {
    const gap = Buffer.alloc(Math.round((sampleRate * SEPARATOR_MS) / 1_000) * 2);
    const [from, to] = [join(scratch, "wide.raw"), join(scratch, "line.raw")];
    writeFileSync(
      from,
      Buffer.concat(group.flatMap(({ samples }) => [Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength), gap])),
    );
    const raw = ["-t", "raw", "-e", "signed", "-b", "16", "-c", "1"];
    await run([
      "sox",
      "-D",
      ...raw,
      "-r",
      String(sampleRate),
      from,
      ...raw,
      "-r",
      String(LINE_RATE),
      to,
      "gain",
      "-6",
      "rate",
      String(LINE_RATE),
      "sinc",
      "300-3400",
    ]);
    const line = toSamples(readFileSync(to));
    let at = 0;
    for (const { key, samples } of group) {
      const end = at + samples.length + gap.length / 2;
      spoken.set(
        key,
        withoutSilentEnds(line.subarray(Math.round((at * LINE_RATE) / sampleRate), Math.round((end * LINE_RATE) / sampleRate))),
      );
      at = end;
    }
  }
  return spoken;
}

function withoutSilentEnds(samples: Int16Array): Int16Array {
  const blocks = Array.from({ length: Math.floor(samples.length / BLOCK) }, (_, block) =>
    samples.subarray(block * BLOCK, (block + 1) * BLOCK).reduce((sum, sample) => sum + sample * sample, 0),
  );
  const least = Math.max(...blocks) * QUIET_SHARE ** 2;
  const first = blocks.findIndex((power) => power > least);
  const last = blocks.findLastIndex((power) => power > least);
  return samples.slice(Math.max(0, first) * BLOCK, (last + 1) * BLOCK);
}

/** Lengths first, in 32-bit words, then the samples. */
function pack(all: readonly Int16Array[]): Buffer {
  const header = Buffer.from(Uint32Array.from([all.length, ...all.map((samples) => samples.length)]).buffer);
  return Buffer.concat([header, ...all.map((samples) => Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength))]);
}

function unpack(bytes: Buffer): Int16Array[] {
  const count = bytes.readUInt32LE(0);
  let at = (count + 1) * 4;
  return Array.from({ length: count }, (_, index) => {
    const from = at;
    at += bytes.readUInt32LE((index + 1) * 4) * 2;
    return toSamples(bytes.subarray(from, at));
  });
}
