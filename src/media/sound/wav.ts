// WAV files read: whatever a common program saves, as samples of the telephone (8,000 a second, 16 bits, mono), and written
// as those. Used for the recordings that agents play; recording.ts writes the header for those of calls.

import { FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE } from "./frame.ts";
import { g711 } from "./g711.ts";
import { createResampler } from "./resample.ts";

const PCM = 1;
const FLOAT = 3;
const ALAW = 6;
const ULAW = 7;
/** The format proper stands further on, as the first two bytes of an identifier. */
const EXTENSIBLE = 0xfffe;

const rates: readonly number[] = [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];
const MOST_CHANNELS = 2;
const MOST_CHUNKS = 1_000;
const LONGEST_SECONDS = 300;
/** Programs that write to a pipe do not know the length, and give one near the largest. */
const UNKNOWN_LENGTH = 0x7fff_0000;

/** A file that can be played. */
export interface Wav {
  /** At 8,000 a second. */
  length: number;
  /** Fills the samples from `start` on; silence behind the end. Costs what these samples cost, wherever they lie. */
  read(samples: Int16Array, start: number): void;
}

interface Layout {
  format: number;
  channels: number;
  rate: number;
  bits: number;
}

type Reader = (data: DataView, at: number) => number;

/** What a file holds, without reading its sound yet; `problem` says what is wrong with it and what would be right. */
export function openWav(bytes: Uint8Array): { wav: Wav } | { problem: string } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = bytes.length < 12 ? "" : textAt(view, 0);
  if (name !== "RIFF" || textAt(view, 8) !== "WAVE")
    return { problem: `the file is no WAV file: it begins with ${describeStart(bytes)}; save the sound as WAV (PCM)` };
  const chunks = chunksOf(view);
  const [layoutChunk, data] = [chunks.get("fmt "), chunks.get("data")];
  if (layoutChunk === undefined || layoutChunk.byteLength < 16)
    return { problem: "the WAV file does not say what form its sound has (it has no 'fmt ' part before its sound); save it again" };
  if (data === undefined) return { problem: "the WAV file has no sound in it (no 'data' part); save it again" };
  const layout = readLayout(layoutChunk);
  const problem =
    problemOf(layout) ??
    (data.isCut
      ? `the WAV file is cut off: it says that its sound has ${data.declared} bytes, and ends after ${data.view.byteLength}; send the whole file`
      : undefined);
  if (problem !== undefined) return { problem };
  return soundOf(layout, data.view);
}

/** All of it at once, in slices with a pause after each, so that nothing else waits for a long file. */
export async function readWav(
  bytes: Uint8Array,
  pause: () => Promise<void>,
): Promise<{ samples: Int16Array<ArrayBuffer> } | { problem: string }> {
  const opened = openWav(bytes);
  if ("problem" in opened) return opened;
  const samples = new Int16Array(opened.wav.length);
  for (let start = 0; start < samples.length; start += SLICE) {
    opened.wav.read(samples.subarray(start, start + SLICE), start);
    await pause();
  }
  return { samples };
}

/** Half a second: about two milliseconds of work at 48,000 Hz. */
const SLICE = SAMPLE_RATE / 2;

function soundOf({ format, channels, rate, bits }: Layout, data: DataView): { wav: Wav } | { problem: string } {
  const width = bits / 8;
  const frames = Math.floor(data.byteLength / (width * channels));
  if (frames === 0) return { problem: "the WAV file is empty: its sound has no samples" };
  if (frames > LONGEST_SECONDS * rate)
    return { problem: `the sound is ${Math.round(frames / rate)} s long; it must be ${LONGEST_SECONDS} s at most` };
  const readOne = readerOf(format, bits);
  const resampler = createResampler(rate);
  const read = (from: number, count: number) => {
    const mono = new Float32Array(count);
    for (let index = Math.max(0, -from); index < count && from + index < frames; index += 1) {
      const at = (from + index) * width * channels;
      mono[index] = channels === 1 ? readOne(data, at) : (readOne(data, at) + readOne(data, at + width)) / 2;
    }
    return mono;
  };
  return { wav: { length: resampler.lengthOf(frames), read: (samples, start) => resampler.fill(samples, start, read) } };
}

function readerOf(format: number, bits: number): Reader {
  if (format === ALAW || format === ULAW) {
    const levels = levelsOf(format);
    return (data, at) => (levels[data.getUint8(at)] ?? 0) / 32_768;
  }
  if (format === FLOAT) return bits === 32 ? (data, at) => data.getFloat32(at, true) : (data, at) => data.getFloat64(at, true);
  if (bits === 8) return (data, at) => (data.getUint8(at) - 128) / 128;
  if (bits === 16) return (data, at) => data.getInt16(at, true) / 32_768;
  if (bits === 24) return (data, at) => (data.getUint16(at, true) + data.getInt8(at + 2) * 65_536) / 8_388_608;
  return (data, at) => data.getInt32(at, true) / 2_147_483_648;
}

function levelsOf(format: number): Int16Array {
  const levels = new Int16Array(256);
  g711[format === ALAW ? "PCMA" : "PCMU"].decode(Uint8Array.from(levels.keys()), 0, 256, levels);
  return levels;
}

interface Chunk {
  view: DataView;
  byteLength: number;
  declared: number;
  isCut: boolean;
}

/** Up to the sound; what stands behind it is titles and the like. */
function chunksOf(view: DataView): Map<string, Chunk> {
  const chunks = new Map<string, Chunk>();
  let at = 12;
  for (let count = 0; count < MOST_CHUNKS && at + 8 <= view.byteLength && !chunks.has("data"); count += 1) {
    const declared = view.getUint32(at + 4, true);
    const byteLength = Math.min(declared, view.byteLength - at - 8);
    chunks.set(textAt(view, at), {
      view: new DataView(view.buffer, view.byteOffset + at + 8, byteLength),
      byteLength,
      declared,
      isCut: byteLength < declared && declared < UNKNOWN_LENGTH,
    });
    at += 8 + declared + (declared & 1);
  }
  return chunks;
}

function readLayout({ view, byteLength }: Chunk): Layout {
  const named = view.getUint16(0, true);
  const format = named === EXTENSIBLE && byteLength >= 26 ? view.getUint16(24, true) : named;
  return { format, channels: view.getUint16(2, true), rate: view.getUint32(4, true), bits: view.getUint16(14, true) };
}

const widths: Readonly<Record<number, readonly number[]>> = { [PCM]: [8, 16, 24, 32], [FLOAT]: [32, 64], [ALAW]: [8], [ULAW]: [8] };

function problemOf({ format, channels, rate, bits }: Layout): string | undefined {
  const allowed = widths[format];
  if (allowed === undefined) return `the sound is compressed (WAV format ${format}); it must be PCM, float, A-law or µ-law`;
  if (!allowed.includes(bits)) return `a sample has ${bits} bits; it must have ${allowed.join(" or ")}`;
  if (channels < 1 || channels > MOST_CHANNELS) return `the sound has ${channels} channels; it must have one or two`;
  if (!rates.includes(rate)) return `the sound has ${rate} samples a second; it must have ${rates.join(", ")}`;
  return undefined;
}

function textAt(view: DataView, at: number): string {
  return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
}

const STARTS: readonly [RegExp, string][] = [
  [/^ID3|^\xff[\xe0-\xff]/, "the mark of an MP3 file"],
  [/^OggS/, "the mark of an Ogg file"],
  [/^fLaC/, "the mark of a FLAC file"],
  [/^....ftyp/s, "the mark of an MP4 file"],
  [/^RIFX|^RF64/, "the mark of a rare kind of WAV file"],
];

function describeStart(bytes: Uint8Array): string {
  if (bytes.length === 0) return "nothing, it is empty";
  const start = String.fromCharCode(...bytes.subarray(0, 12));
  const known = STARTS.find(([mark]) => mark.test(start));
  return known?.[1] ?? `the bytes ${[...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ")}`;
}

/** Of a header of PCM, before the sound. */
export const WAV_HEADER_BYTES = 44;
const BYTES_A_SAMPLE = 2;

/** The header of a file of 16-bit samples at 8,000 a second, with so many bytes of sound behind it. */
export function wavHeader(channels: 1 | 2, soundBytes: number): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(WAV_HEADER_BYTES);
  const view = new DataView(header.buffer);
  const text = (at: number, word: string) => header.set(new TextEncoder().encode(word), at);
  const block = channels * BYTES_A_SAMPLE;
  text(0, "RIFF");
  view.setUint32(4, WAV_HEADER_BYTES - 8 + soundBytes, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, PCM, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, SAMPLE_RATE, true);
  view.setUint32(28, SAMPLE_RATE * block, true);
  view.setUint16(32, block, true);
  view.setUint16(34, BYTES_A_SAMPLE * 8, true);
  text(36, "data");
  view.setUint32(40, soundBytes, true);
  return header;
}

/** A whole mono file. */
export function writeWav(samples: Int16Array): Uint8Array<ArrayBuffer> {
  const sound = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  const file = new Uint8Array(WAV_HEADER_BYTES + sound.length);
  file.set(wavHeader(1, sound.length));
  file.set(sound, WAV_HEADER_BYTES);
  return file;
}

/** How long so many samples sound, in ms. */
export function durationMsOf(samples: number): number {
  return Math.round((samples / FRAME_SAMPLES) * FRAME_MS);
}
