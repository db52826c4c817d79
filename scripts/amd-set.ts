// The labelled set that answering-machine detection is tuned and judged on, made from synthetic voices: nothing recorded of
// anybody. Used by test/media/amd-set.test.ts and bench/amd.ts; on its own it writes the clips as WAV files:
//   bun scripts/amd-set.ts FOLDER

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { g711 } from "../src/media/sound/g711.ts";
import { meanSquare } from "../src/media/sound/tone.ts";
import { type Random, seededRandom } from "../src/runtime/random.ts";
import { type Half, type Piece, type Recipe, recipesOf } from "./amd-recipes.ts";
import { keyOf, type Speech, speak, type Utterance } from "./amd-speech.ts";

export interface Clip {
  recipe: Recipe;
  /** From answer on, as decoded from G.711. */
  samples: Int16Array;
  /** Where its pieces begin and end, in order. */
  spans: readonly { piece: Piece; fromMs: number; toMs: number }[];
}

const SAMPLES_PER_MS = 8;
const FULL_SCALE = 32_768;
const halves: readonly Half[] = ["tuning", "heldOut"];
/** Of a voice or tone, in samples: no step that a line would not have. */
const FADE = 40;
/** 20 s of each noise; a clip begins somewhere in it and goes round. */
const NOISE_SAMPLES = 160_000;

interface Sounds {
  speech: Speech;
  /** Some seconds of each noise, its mean square 1. */
  noises: Record<Recipe["noise"], Float64Array>;
}

/** Both halves' sentences are spoken once and kept in `folder`; clips are mixed when they are taken. */
export async function openSet(folder: string): Promise<{ recipes: readonly Recipe[]; mix(recipe: Recipe): Clip }> {
  const recipes = halves.flatMap(recipesOf);
  const speech = await speak(recipes.flatMap(utterancesOf), folder);
  const sounds = Object.fromEntries(
    halves.map((half) => [
      half,
      {
        speech,
        noises: noisesOf(
          half,
          recipes
            .filter((recipe) => recipe.half === half)
            .flatMap(utterancesOf)
            .map((utterance) => speech.get(keyOf(utterance)) ?? new Int16Array()),
        ),
      },
    ]),
  );
  return { recipes, mix: (recipe) => mix(recipe, sounds[recipe.half] ?? { speech, noises: noisesOf(recipe.half, []) }) };
}

function utterancesOf({ pieces }: Recipe): Utterance[] {
  return pieces.flatMap((piece) => ("utterance" in piece ? [piece.utterance] : []));
}

function mix(recipe: Recipe, { speech, noises }: Sounds): Clip {
  const amplitude = FULL_SCALE * 10 ** (recipe.speechDb / 20);
  const parts = recipe.pieces.map((piece) => ({ piece, samples: soundOf(piece, speech, amplitude) }));
  const sound = new Float64Array(parts.reduce((sum, { samples }) => sum + samples.length, 0));
  const open = new Uint8Array(sound.length);
  let at = 0;
  const spans = parts.map(({ piece, samples }) => {
    sound.set(samples, at);
    if (!("silenceMs" in piece)) open.fill(1, at, at + samples.length);
    const fromMs = at / SAMPLES_PER_MS;
    at += samples.length;
    return { piece, fromMs, toMs: at / SAMPLES_PER_MS };
  });
  addLine(recipe, sound, open, noises[recipe.noise]);
  return { recipe, samples: throughCodec(sound, recipe), spans };
}

function soundOf(piece: Piece, speech: Speech, amplitude: number): Float64Array {
  if ("silenceMs" in piece) return new Float64Array(piece.silenceMs * SAMPLES_PER_MS);
  const sound =
    "utterance" in piece
      ? voice(speech.get(keyOf(piece.utterance)) ?? new Int16Array(), amplitude)
      : tone(piece.tones, piece.ms, amplitude * 10 ** (piece.db / 20));
  for (let index = 0; index < FADE; index += 1) {
    const end = sound.length - 1 - index;
    sound[index] = ((sound[index] ?? 0) * index) / FADE;
    sound[end] = ((sound[end] ?? 0) * index) / FADE;
  }
  return sound;
}

/** Brought to the level wanted, by the root of its mean square. */
function voice(samples: Int16Array, amplitude: number): Float64Array {
  const gain = amplitude / Math.sqrt(Math.max(1, meanSquare(samples)));
  return new Float64Array(samples).map((sample) => sample * gain);
}

function tone(frequencies: readonly number[], ms: number, amplitude: number): Float64Array {
  const each = (amplitude * Math.SQRT2) / Math.sqrt(frequencies.length);
  return new Float64Array(ms * SAMPLES_PER_MS).map((_, index) =>
    frequencies.reduce((sum, frequency) => sum + each * Math.sin((2 * Math.PI * frequency * index) / (SAMPLES_PER_MS * 1_000)), 0),
  );
}

/** Noise of the recipe's level, from a place of its own in the noise that there is, and the handset's click. */
function addLine(recipe: Recipe, sound: Float64Array, open: Uint8Array, noise: Float64Array): void {
  const random = seededRandom(recipe.seed);
  const gain = FULL_SCALE * 10 ** (recipe.noiseDb / 20);
  let from = Math.floor(random.fraction() * noise.length);
  for (let index = 0; index < sound.length; index += 1) {
    if (!recipe.gated || open[index] === 1) sound[index] = (sound[index] ?? 0) + (noise[from] ?? 0) * gain;
    from = from + 1 === noise.length ? 0 : from + 1;
  }
  if (!recipe.click) return;
  for (let index = 0; index < 25 * SAMPLES_PER_MS; index += 1)
    sound[index] = (sound[index] ?? 0) + (random.fraction() - 0.5) * 4_000 * Math.exp(-index / 60);
}

function noisesOf(half: Half, voices: readonly Int16Array[]): Sounds["noises"] {
  const random = seededRandom(half.length);
  const white = Float64Array.from({ length: NOISE_SAMPLES }, () => random.fraction() + random.fraction() - 1);
  let low = 0;
  const street = white.map((value, index) => {
    low += (value - low) * 0.12;
    return (low * 3 + value * 0.3) * (1 + 0.5 * Math.sin((2 * Math.PI * index) / 19_000));
  });
  // What a telephone passes on of the mains: harmonics of 50 Hz.
  const hum = white.map(
    (value, index) =>
      value * 0.5 + 0.15 * Math.sin((2 * Math.PI * 300 * index) / 8_000) + 0.09 * Math.sin((2 * Math.PI * 350 * index) / 8_000),
  );
  return { white: levelled(white), street: levelled(street), hum: levelled(hum), babble: levelled(babble(voices, random)) };
}

/** Five people talking at once, in whole sentences. */
function babble(voices: readonly Int16Array[], random: Random): Float64Array {
  const made = new Float64Array(NOISE_SAMPLES);
  for (let speaker = 0; speaker < 5; speaker += 1) {
    for (let at = -Math.floor(random.fraction() * 16_000); at < made.length;) {
      const samples = voices[Math.floor(random.fraction() * voices.length)] ?? new Int16Array(1);
      for (let index = Math.max(0, -at); index < samples.length && at + index < made.length; index += 1)
        made[at + index] = (made[at + index] ?? 0) + (samples[index] ?? 0);
      at += Math.max(1, samples.length);
    }
  }
  return made;
}

function levelled(noise: Float64Array): Float64Array {
  const power = noise.reduce((sum, value) => sum + value * value, 0) / noise.length;
  return noise.map((value) => value / Math.sqrt(Math.max(Number.EPSILON, power)));
}

function throughCodec(sound: Float64Array, { law }: Recipe): Int16Array {
  const samples = new Int16Array(sound.length);
  for (let index = 0; index < sound.length; index += 1) samples[index] = Math.max(-32_768, Math.min(32_767, Math.round(sound[index] ?? 0)));
  const bytes = new Uint8Array(samples.length);
  g711[law].encode(samples, bytes, 0);
  g711[law].decode(bytes, 0, bytes.length, samples);
  return samples;
}

/** Mono, 16 bits, 8,000 Hz. */
function wavOf(samples: Int16Array): Buffer {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8_000, 24);
  header.writeUInt32LE(16_000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([header, Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)]);
}

if (import.meta.main) {
  const folder = Bun.argv[2];
  if (folder === undefined) throw new Error("name the folder to write to: bun scripts/amd-set.ts FOLDER");
  const set = await openSet("dist/amd-set");
  mkdirSync(folder, { recursive: true });
  for (const recipe of set.recipes) writeFileSync(join(folder, `${recipe.name}.wav`), wavOf(set.mix(recipe).samples));
  writeFileSync(
    join(folder, "labels.csv"),
    `name,half,truth,kind,language\n${set.recipes.map(({ name, half, truth, kind, language }) => `${name},${half},${truth},${kind},${language}\n`).join("")}`,
  );
  console.log(`${set.recipes.length} clips and labels.csv are in ${folder}`);
}
