// How often detection is right on the labelled set (scripts/amd-set.ts). Both halves are printed; what is asserted is the held-out
// half, none of whose voices, sentences and beeps were there when the rules were made. Speaking the set takes some 20 s, once.

import { describe, expect, test } from "bun:test";
import { confusion, decide, isRight, type Judged, shareRight } from "../../../scripts/amd-judge.ts";
import type { Half, Truth } from "../../../scripts/amd-recipes.ts";
import { openSet } from "../../../scripts/amd-set.ts";
import { table } from "../../../bench/support/figures.ts";

const LEAST_RIGHT = 0.98;
const set = await openSet("dist/amd-set");
const judge = (half: Half): Judged[] =>
  set.recipes.filter((recipe) => recipe.half === half).map((recipe) => ({ recipe, ...decide(set.mix(recipe).samples) }));
const heldOut = judge("heldOut");
const of = (...truths: Truth[]) => heldOut.filter(({ recipe }) => truths.includes(recipe.truth));
const names = (judged: readonly Judged[]) =>
  judged.map(({ recipe, result, reason, atMs }) => `${recipe.name}: ${result}, ${reason}, ${atMs} ms`);

console.log(`held-out half\n${table(confusion(heldOut))}\ntuning half\n${table(confusion(judge("tuning")))}`);

describe("the labelled set", () => {
  test("has 400 clips or more in eight languages or more, and no sentence, voice or beep in both halves", () => {
    expect(set.recipes.length).toBeGreaterThanOrEqual(400);
    expect(new Set(set.recipes.map(({ language }) => language)).size).toBeGreaterThanOrEqual(8);
    const found = (half: Half) =>
      new Set(set.recipes.filter((recipe) => recipe.half === half).flatMap(({ pieces }) => pieces.flatMap(wordsOf)));
    const tuning = found("tuning");
    expect([...found("heldOut")].filter((word) => tuning.has(word))).toEqual([]);
  });

  /** What must not be in both halves; the tones of a network and of a fax are what they are. */
  function wordsOf(piece: (typeof set.recipes)[number]["pieces"][number]): string[] {
    if ("utterance" in piece) return [`voice ${piece.utterance.voice.split("+").at(-1)}`, `text ${piece.utterance.text}`];
    return "tones" in piece &&
      ![914, 950, 985, 1_371, 1_400, 1_429, 1_777, 1_100, 2_100].some((hz) => piece.tones.length === 1 && piece.tones[0] === hz)
      ? [`tones ${piece.tones.join()}`]
      : [];
  }

  test("is mixed the same each time", () => {
    const recipe = set.recipes.find(({ noise }) => noise === "babble");
    if (recipe === undefined) throw new Error("no clip has voices in the background");
    expect(set.mix(recipe).samples).toEqual(set.mix(recipe).samples);
  });
});

describe("on the held-out half", () => {
  test("persons are found to be persons, those behind a screening telephone too", () => {
    expect(shareRight(heldOut, (truth) => truth === "person")).toBeGreaterThanOrEqual(LEAST_RIGHT);
    expect(shareRight(heldOut, (truth) => truth === "person" || truth === "screening")).toBeGreaterThanOrEqual(LEAST_RIGHT);
  });

  test("machines are found to be machines, with a beep and without", () => {
    expect(shareRight(heldOut, (truth) => truth === "mailbox")).toBeGreaterThanOrEqual(LEAST_RIGHT);
    expect(shareRight(heldOut, (truth) => truth === "mailbox" || truth === "beepless")).toBeGreaterThanOrEqual(LEAST_RIGHT);
  });

  test("no person beeps", () => {
    expect(names(of("person", "screening").filter(({ heardBeep }) => heardBeep))).toEqual([]);
  });

  test("every fax and every tone of the network is known", () => {
    expect(names(of("fax", "unobtainable").filter((judged) => !isRight(judged)))).toEqual([]);
  });

  test("nobody who listens to an announcement in silence is hung up on", () => {
    const listeners = set.recipes.filter(({ half, kind }) => half === "heldOut" && kind === "greeting, no beep");
    const judged = listeners.map((recipe) => ({ recipe, ...decide(set.mix(recipe).samples, { agentConverses: false }) }));
    expect(names(judged.filter(({ reason }) => reason === "silence_after_greeting"))).toEqual([]);
  });
});
