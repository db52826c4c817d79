// What each clip of the labelled set consists of: who answers, what is said, when the beep comes, what the line adds. Pure:
// a half and its seed give the same recipes for ever. Used by amd-set.ts.

import type { Random } from "../src/runtime/random.ts";
import { seededRandom } from "../src/runtime/random.ts";
import type { Utterance } from "./amd-speech.ts";
import heldOutTexts from "./amd-texts-held-out.json" with { type: "json" };
import tuningTexts from "./amd-texts-tuning.json" with { type: "json" };

/** Voices, sentences and beeps of one half are in no clip of the other. */
export type Half = "tuning" | "heldOut";

/**
 * What truly answered. `screening` is a person's telephone that asks who calls before the person picks up; `mailbox` ends its
 * greeting with a beep, `beepless` is a greeting or an announcement that is followed by silence.
 */
export type Truth = "person" | "screening" | "mailbox" | "beepless" | "unobtainable" | "fax";

/** One thing after another; `db` of a tone is beside the speech's level. */
export type Piece = { silenceMs: number } | { utterance: Utterance } | { tones: readonly number[]; ms: number; db: number };

export interface Recipe {
  name: string;
  half: Half;
  truth: Truth;
  kind: string;
  language: string;
  pieces: readonly Piece[];
  /** dB below full scale: of the speech while there is speech, and of the noise. */
  speechDb: number;
  noiseDb: number;
  noise: "white" | "street" | "hum" | "babble";
  /** The network passes no noise on while nobody speaks. */
  gated: boolean;
  /** A click as the handset is taken up. */
  click: boolean;
  law: "PCMU" | "PCMA";
  seed: number;
}

interface Texts {
  voice: string;
  hello: string[];
  repeated: string[];
  business: string[];
  reply: string[];
  mailbox: string[];
  short: string[];
  announcement: string[];
  screening: string[];
}

interface HalfPlan {
  seed: number;
  variants: string[];
  flite: string[];
  languages: Record<string, Texts>;
  /** Words a minute and pitch of the espeak-ng voice that has the same place in `variants`. */
  manners: readonly (readonly [speed: number, pitch: number])[];
  /** Of flite's voices: above 1 is slower. */
  stretch: number;
  beeps: readonly number[];
  pairs: readonly (readonly number[])[];
}

const plans: Record<Half, HalfPlan> = {
  tuning: {
    ...tuningTexts,
    seed: 20_260_101,
    manners: [
      [150, 40],
      [175, 50],
      [160, 60],
      [170, 45],
      [150, 60],
    ],
    stretch: 1.1,
    beeps: [440, 620, 800, 1_000, 1_150, 1_400, 1_633],
    pairs: [
      [620, 850],
      [1_000, 1_500],
      [800, 1_260],
    ],
  },
  heldOut: {
    ...heldOutTexts,
    seed: 20_260_202,
    manners: [
      [165, 35],
      [145, 50],
      [185, 55],
      [155, 50],
      [180, 70],
      [165, 40],
    ],
    stretch: 1,
    beeps: [425, 500, 700, 890, 950, 1_050, 1_250, 1_500, 1_900],
    pairs: [
      [540, 720],
      [1_050, 1_400],
      [700, 1_100],
    ],
  },
};

/** How much faster than others a receptionist speaks. */
const HASTE = 1.3;

/** Special information tones: the first two segments by frequency and length; the third is the same in all. */
const specialTones = [
  [
    [914, 274],
    [1_371, 274],
  ],
  [
    [985, 380],
    [1_371, 274],
  ],
  [
    [914, 274],
    [1_429, 380],
  ],
  [
    [985, 380],
    [1_429, 380],
  ],
  [
    [950, 330],
    [1_400, 330],
  ],
] as const;

/** The kinds of clip and how many of each a half has. */
const kinds: readonly { kind: string; truth: Truth; count: number; pieces(clip: Draw): Piece[]; noiseDb?: readonly [number, number] }[] = [
  { kind: "hello", truth: "person", count: 48, pieces: (clip) => [silence(clip, 100, 1_800), clip.say("hello"), ...conversation(clip)] },
  {
    kind: "hello twice",
    truth: "person",
    count: 16,
    pieces: (clip) => [silence(clip, 100, 1_200), clip.say("repeated"), ...conversation(clip)],
  },
  {
    kind: "late hello",
    truth: "person",
    count: 16,
    pieces: (clip) => [silence(clip, 2_200, 6_500), clip.say("hello"), ...conversation(clip)],
  },
  {
    kind: "hello over noise",
    truth: "person",
    count: 24,
    noiseDb: [-44, -34],
    pieces: (clip) => [silence(clip, 300, 2_000), clip.say("hello"), ...conversation(clip)],
  },
  {
    kind: "business",
    truth: "person",
    count: 30,
    pieces: (clip) => [silence(clip, 100, 1_200), clip.say("business"), ...conversation(clip)],
  },
  {
    kind: "call screening",
    truth: "screening",
    count: 20,
    pieces: (clip) => [
      silence(clip, 200, 1_200),
      clip.say("screening"),
      silence(clip, 4_500, 11_000),
      clip.sayAsAnother("hello"),
      ...conversation(clip),
    ],
  },
  {
    kind: "greeting and beep",
    truth: "mailbox",
    count: 84,
    pieces: (clip) => [silence(clip, 200, 1_500), clip.say("mailbox"), silence(clip, 100, 2_000), beep(clip), { silenceMs: 6_000 }],
  },
  {
    kind: "greeting in two parts",
    truth: "mailbox",
    count: 14,
    pieces: (clip) => [
      silence(clip, 200, 1_500),
      clip.say("hello"),
      silence(clip, 300, 1_100),
      clip.say("mailbox"),
      silence(clip, 100, 2_000),
      beep(clip),
      { silenceMs: 6_000 },
    ],
  },
  {
    kind: "short greeting and beep",
    truth: "mailbox",
    count: 12,
    pieces: (clip) => [silence(clip, 200, 1_000), clip.say("short"), silence(clip, 100, 1_500), beep(clip), { silenceMs: 6_000 }],
  },
  {
    kind: "greeting, no beep",
    truth: "beepless",
    count: 12,
    pieces: (clip) => [silence(clip, 200, 1_200), clip.say("mailbox"), { silenceMs: 25_000 }],
  },
  {
    kind: "announcement",
    truth: "beepless",
    count: 20,
    pieces: (clip) => [
      silence(clip, 200, 1_200),
      clip.say("announcement"),
      ...(clip.chance(0.5) ? [silence(clip, 500, 2_000), clip.say("announcement")] : []),
      { silenceMs: 25_000 },
    ],
  },
  {
    kind: "special information tone",
    truth: "unobtainable",
    count: 10,
    pieces: (clip) => [
      silence(clip, 200, 1_500),
      ...specialTone(clip),
      silence(clip, 100, 400),
      clip.say("announcement"),
      { silenceMs: 3_000 },
    ],
  },
  {
    kind: "fax that calls",
    truth: "fax",
    count: 5,
    pieces: (clip) => [
      silence(clip, 500, 2_500),
      { tones: [1_100], ms: 500, db: 0 },
      { silenceMs: 3_000 },
      { tones: [1_100], ms: 500, db: 0 },
      { silenceMs: 3_000 },
    ],
  },
  {
    kind: "fax that answers",
    truth: "fax",
    count: 5,
    pieces: (clip) => [silence(clip, 1_800, 2_500), { tones: [2_100], ms: clip.between(2_600, 4_000), db: 0 }, { silenceMs: 2_000 }],
  },
];

/** What a recipe is drawn with: one voice, one language, and chance. */
interface Draw {
  say(what: Exclude<keyof Texts, "voice">): Piece;
  sayAsAnother(what: Exclude<keyof Texts, "voice">): Piece;
  between(least: number, most: number): number;
  pick<Item>(items: readonly Item[]): Item;
  chance(share: number): boolean;
  plan: HalfPlan;
}

/** All clips of one half; languages take turns. */
export function recipesOf(half: Half): Recipe[] {
  const plan = plans[half];
  const random = seededRandom(plan.seed);
  const languages = Object.keys(plan.languages);
  const recipes: Recipe[] = [];
  for (const { kind, truth, count, pieces, noiseDb } of kinds) {
    for (let number = 0; number < count; number += 1) {
      const language = languages[recipes.length % languages.length] ?? "en";
      const draw = createDraw(plan, language, random);
      recipes.push({
        name: `${half}-${kind.replaceAll(/[^a-z]+/g, "-")}-${number + 1}-${language}`,
        half,
        truth,
        kind,
        language,
        pieces: pieces(draw),
        speechDb: draw.between(-24, -8),
        noiseDb: noiseDb === undefined ? draw.between(-66, -46) : draw.between(...noiseDb),
        noise: draw.pick(["white", "street", "hum", "babble"] as const),
        gated: noiseDb === undefined && draw.chance(0.2),
        click: draw.chance(0.3),
        law: draw.chance(0.7) ? "PCMU" : "PCMA",
        seed: Math.floor(random.fraction() * 2 ** 32),
      });
    }
  }
  return recipes;
}

function createDraw(plan: HalfPlan, language: string, random: Random): Draw {
  const texts = plan.languages[language];
  if (texts === undefined) throw new Error(`the set has no texts in ${language}`);
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[Math.floor(random.fraction() * items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  };
  const speaker = (): ((text: string, haste: number) => Utterance) => {
    const flite = language === "en" && random.fraction() < 0.5;
    const voice = pick(plan.flite);
    const place = Math.floor(random.fraction() * plan.variants.length);
    const [speed, pitch] = plan.manners[place] ?? [160, 50];
    // Who answers for a company says the same every day, and says it fast.
    return (text, haste) =>
      flite
        ? { engine: "flite", voice, stretch: plan.stretch / haste, text }
        : { engine: "espeak-ng", voice: `${texts.voice}+${plan.variants[place] ?? "m1"}`, speed: Math.round(speed * haste), pitch, text };
  };
  const first = speaker();
  return {
    say: (what) => ({ utterance: first(pick(texts[what]), what === "business" ? HASTE : 1) }),
    sayAsAnother: (what) => ({ utterance: speaker()(pick(texts[what]), 1) }),
    between: (least, most) => least + Math.floor(random.fraction() * (most - least)),
    chance: (share) => random.fraction() < share,
    pick,
    plan,
  };
}

function silence(clip: Draw, leastMs: number, mostMs: number): Piece {
  return { silenceMs: clip.between(leastMs, mostMs) };
}

/** A person waits for an answer, and says something again; now and then impatiently, now and then after listening for long. */
function conversation(clip: Draw): Piece[] {
  return [
    clip.chance(0.2) ? silence(clip, 5_000, 14_000) : silence(clip, 1_300, 4_500),
    clip.chance(0.3) ? clip.say("hello") : clip.say("reply"),
    silence(clip, 1_500, 4_000),
    clip.say("reply"),
    { silenceMs: 2_000 },
  ];
}

function beep(clip: Draw): Piece {
  const tones = clip.chance(0.15) ? clip.pick(clip.plan.pairs) : [clip.pick(clip.plan.beeps)];
  return { tones, ms: clip.between(160, 1_000), db: clip.between(-6, 4) };
}

function specialTone(clip: Draw): Piece[] {
  const [first, second] = clip.pick(specialTones);
  const gap = { silenceMs: clip.between(0, 30) };
  return [
    { tones: [first[0]], ms: first[1], db: 0 },
    gap,
    { tones: [second[0]], ms: second[1], db: 0 },
    gap,
    { tones: [1_777], ms: 380, db: 0 },
  ];
}
