import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { WaveFile } from "wavefile";
import { levelDb, meanSquare, toneShare } from "../../../src/media/sound/tone.ts";
import { durationMsOf, openWav, readWav, wavHeader, writeWav } from "../../../src/media/sound/wav.ts";

const AMPLITUDE = 0.5;
const RATES = [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000] as const;
const DEPTHS = ["8", "16", "24", "32", "32f", "64"] as const;

/** A sine of half the full scale, as another program writes it. */
function toneFile({
  hz = 1_000,
  rate = 8_000,
  depth = "16",
  channels = 1,
  seconds = 1,
}: { hz?: number; rate?: number; depth?: string; channels?: number; seconds?: number } = {}): Uint8Array {
  const file = new WaveFile();
  const isFloat = depth === "32f" || depth === "64";
  const full = isFloat ? 1 : 2 ** (Number(depth) - 1) - 1;
  const middle = depth === "8" ? 128 : 0;
  const sine = Array.from({ length: rate * seconds }, (_, index) => {
    const value = AMPLITUDE * full * Math.sin((2 * Math.PI * hz * index) / rate) + middle;
    return isFloat ? value : Math.round(value);
  });
  file.fromScratch(channels, rate, depth, channels === 1 ? sine : [sine, sine]);
  return file.toBuffer();
}

async function samplesOf(bytes: Uint8Array): Promise<Int16Array<ArrayBuffer>> {
  const read = await readWav(bytes, () => Promise.resolve());
  if ("problem" in read) throw new Error(read.problem);
  return read.samples;
}

function problemOf(bytes: Uint8Array): string {
  const opened = openWav(bytes);
  return "problem" in opened ? opened.problem : "none";
}

/** Without the ends, where the filter meets silence. */
function middle(samples: Int16Array): Int16Array {
  return samples.subarray(800, samples.length - 800);
}

const loudness = (samples: Int16Array) => levelDb(meanSquare(samples));
const expected = loudness(
  Int16Array.from({ length: 8_000 }, (_, index) => AMPLITUDE * 32_767 * Math.sin((2 * Math.PI * 1_000 * index) / 8_000)),
);

describe("a WAV file of another program", () => {
  test.each(RATES.flatMap((rate) => DEPTHS.map((depth) => [rate, depth] as const)))(
    "at %d Hz and %s bits comes out as the same tone at the same level",
    async (rate, depth) => {
      for (const channels of [1, 2]) {
        const samples = await samplesOf(toneFile({ rate, depth, channels }));
        expect(samples.length).toBe(8_000);
        const heard = middle(samples);
        expect(Math.abs(loudness(heard) - expected)).toBeLessThan(depth === "8" ? 0.2 : 0.05);
        expect(toneShare(heard, 1_000, meanSquare(heard))).toBeGreaterThan(0.999);
      }
    },
  );

  test.each(["A-law", "µ-law"])("in %s is read by the tables of the calls", async (law) => {
    const file = new WaveFile(toneFile());
    if (law === "A-law") file.toALaw();
    else file.toMuLaw();
    const heard = middle(await samplesOf(file.toBuffer()));
    expect(Math.abs(loudness(heard) - expected)).toBeLessThan(0.1);
    expect(toneShare(heard, 1_000, meanSquare(heard))).toBeGreaterThan(0.998);
  });

  test.each([16_000, 44_100, 48_000])("at %d Hz keeps the telephone's band, and nothing above it folds back", async (rate) => {
    const level = async (hz: number) => loudness(middle(await samplesOf(toneFile({ hz, rate })))) - expected;
    for (const hz of [300, 2_000, 3_300]) expect(Math.abs(await level(hz))).toBeLessThan(0.2);
    for (const hz of [4_200, 5_000, 7_000]) expect(await level(hz)).toBeLessThan(-55);
  });

  test("is read the same in pieces as at once", async () => {
    const bytes = toneFile({ rate: 44_100, hz: 777 });
    const whole = await samplesOf(bytes);
    const opened = openWav(bytes);
    if ("problem" in opened) throw new Error(opened.problem);
    const pieces = new Int16Array(whole.length);
    for (let start = 0; start < pieces.length; start += 160) opened.wav.read(pieces.subarray(start, start + 160), start);
    expect(pieces).toEqual(whole);
  });

  test("may have titles before and after its sound, and no length where it was piped", async () => {
    const file = new WaveFile(toneFile());
    file.setTag("INAM", "a title of odd length");
    const bytes = file.toBuffer();
    expect((await samplesOf(bytes)).length).toBe(8_000);
    const piped = Uint8Array.from(toneFile());
    new DataView(piped.buffer).setUint32(40, 0xffff_ffff, true);
    expect((await samplesOf(piped)).length).toBe(8_000);
  });
});

describe("a file that cannot be played", () => {
  const bytesOf = (text: string) => new TextEncoder().encode(text.padEnd(64, "\0"));
  const changed = (change: (view: DataView) => void) => {
    const bytes = Uint8Array.from(toneFile());
    change(new DataView(bytes.buffer));
    return bytes;
  };
  test.each<[string, Uint8Array, string]>([
    ["nothing", new Uint8Array(), "it begins with nothing, it is empty"],
    ["an MP3", bytesOf("ID3\u0004"), "the mark of an MP3 file"],
    ["an Ogg", bytesOf("OggS"), "the mark of an Ogg file"],
    ["a text", bytesOf("hello"), "the bytes 68 65 6c 6c"],
    ["a header alone", wavHeader(1, 0), "the WAV file is empty"],
    ["half a header", toneFile().subarray(0, 30), "does not say what form its sound has"],
    ["no sound", toneFile().subarray(0, 36), "has no sound in it"],
    ["a file that was cut", toneFile().subarray(0, 1_044), "it says that its sound has 16000 bytes, and ends after 1000"],
    [
      "MP3 in WAV",
      changed((view) => view.setUint16(20, 0x55, true)),
      "the sound is compressed (WAV format 85); it must be PCM, float, A-law or µ-law",
    ],
    ["12 bits", changed((view) => view.setUint16(34, 12, true)), "a sample has 12 bits; it must have 8 or 16 or 24 or 32"],
    ["six channels", changed((view) => view.setUint16(22, 6, true)), "the sound has 6 channels; it must have one or two"],
    ["4 kHz", changed((view) => view.setUint32(24, 4_000, true)), "the sound has 4000 samples a second; it must have 8000, 11025"],
    ["five minutes and a second", toneFile({ seconds: 301 }), "the sound is 301 s long; it must be 300 s at most"],
  ])("%s is named for what it is", (_name, bytes, words) => {
    expect(problemOf(bytes)).toContain(words);
  });

  test("never makes the reader throw, whatever is in it", () => {
    const start = Uint8Array.from(toneFile({ seconds: 0.05 }).subarray(0, 200));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(199), fc.nat(255)), { maxLength: 12 }), fc.nat(200), (changes, length) => {
        const bytes = start.slice(0, length);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        const opened = openWav(bytes);
        if ("wav" in opened) opened.wav.read(new Int16Array(160), 0);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a file of ours", () => {
  test("is read by another program, and comes back sample by sample", async () => {
    const samples = Int16Array.from({ length: 4_000 }, (_, index) => ((index * 7_919) % 65_536) - 32_768);
    const file = writeWav(samples);
    const theirs = new WaveFile(file);
    expect(theirs.fmt).toMatchObject({ numChannels: 1, sampleRate: 8_000, bitsPerSample: 16, audioFormat: 1 });
    expect(Int16Array.from(theirs.getSamples() as unknown as number[])).toEqual(samples);
    expect(await samplesOf(file)).toEqual(samples);
    expect(durationMsOf(samples.length)).toBe(500);
  });
});
