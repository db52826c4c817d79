// Whether the person asked not to be called again: said so in words that leave no doubt, or found by the analysis. Pure.
// Precision goes first: what may have been a wish about the time ("not before five") is left to the analysis.

import type { OptOut } from "../bot.ts";
import type { Analysis } from "../disposition.ts";
import { type Guard, type Phrases, phrases } from "./opt-out-phrases.ts";
import { readTurns } from "./transcript.ts";

/** What is known of a conversation. */
export interface Heard {
  analysis?: Analysis | null;
  transcript?: unknown;
}

/** Undefined when nothing says so. Where both do, the analysis, if it has a quote. */
export function optOutIn({ analysis, transcript }: Heard): OptOut | undefined {
  const analysed = optOutOf(analysis ?? undefined);
  if (analysed !== undefined && analysed.quote !== "") return analysed;
  return optOutPhrase(transcript) ?? analysed;
}

/** `opt_out: true`, or `opt_out: { requested: true, quote }`. */
function optOutOf(analysis: Analysis | undefined): OptOut | undefined {
  const said = analysis?.opt_out;
  if (said === true) return { by: "analysis", quote: "" };
  if (typeof said !== "object" || said === null) return undefined;
  const { requested, quote } = said as { requested?: unknown; quote?: unknown };
  return requested === true ? { by: "analysis", quote: typeof quote === "string" ? quote : "" } : undefined;
}

/** The sentence of the person's that says so, as it stands in the transcript. Nobody else's words count. */
function optOutPhrase(transcript: unknown): OptOut | undefined {
  // The last ones: it is what people say before they hang up.
  const said = readTurns(transcript)
    .filter(({ who }) => who === "person")
    .slice(-MOST_TURNS);
  for (const { text } of said) {
    const quote = sentenceThatOptsOut(text);
    if (quote !== undefined) return { by: "phrase", quote };
  }
  return undefined;
}

/** Turns of the person's that are looked at: more than an hour has. */
const MOST_TURNS = 500;

/** Characters of one turn that are looked at: nobody says more in one go. */
const MOST_CHARACTERS = 2_000;
const SENTENCES = /[^.!?;…।\n]+[.!?;…।]*/gu;

/** The first one in `turn` that asks for it, as it stands there; undefined when none does. */
export function sentenceThatOptsOut(turn: string): string | undefined {
  const looked = turn.slice(0, MOST_CHARACTERS);
  const whole = plain(looked);
  return looked
    .match(SENTENCES)
    ?.find((sentence) => rules.some((rule) => optsOut(rule, plain(sentence), sentence.includes("?"), whole)))
    ?.trim();
}

/**
 * Comparable: small letters without accents and apostrophes, every other mark a blank. Vowel signs of Devanagari stay, its
 * dots below (फ़) go, as they are written or not.
 */
function plain(text: string): string {
  const bare = text
    .toLowerCase()
    .normalize("NFD")
    .replace(/[\u0300-\u036f\u093c'’‘ʼ´`]/gu, "");
  return bare.replace(/[^\p{L}\p{M}\p{N}]+/gu, " ").trim();
}

interface Rule {
  imperatives: readonly Pattern[];
  anywhere: readonly Pattern[];
  limits: RegExp;
  denials: RegExp | undefined;
}

interface Pattern {
  /** The words wherever they stand: quick, and nearly always a no. */
  probe: RegExp;
  words: RegExp;
  guard: Guard;
}

const rules: readonly Rule[] = phrases.map(compile);

function compile({ before, imperatives, anywhere, limits, denials }: Phrases): Rule {
  const after =
    (lead: string) =>
    ({ words, guard }: { words: string; guard: Guard }) => ({
      probe: whole(words),
      words: new RegExp(`${lead}(?:${plainPattern(words)})(?= |$)`, "u"),
      guard,
    });
  const whole = (words: string) => new RegExp(`(?:^| )(?:${plainPattern(words)})(?= |$)`, "u");
  return {
    imperatives: imperatives.map(after(`(?:^|(?:^| )(?:${plainPattern(before)}) )`)),
    anywhere: anywhere.map(after("(?:^| )")),
    limits: whole(limits),
    denials: denials === undefined ? undefined : whole(denials),
  };
}

/** Letters of a pattern as `plain` leaves them. */
function plainPattern(pattern: string): string {
  return pattern.normalize("NFD").replace(/\u093c/gu, "");
}

/** A question asks for it only where it asks us to ("could you stop calling me?"). */
const ASKS_US =
  /^(?:please |ok |okay |so |and )?(?:can|could|will|would) you |^(?:puede|pueden|podria|podrian|pouvez vous|pourriez vous|pode|podem|poderia|voce pode|puo|potete|potrebbe) /u;

function optsOut({ imperatives, anywhere, limits, denials }: Rule, sentence: string, isQuestion: boolean, turn: string): boolean {
  if (isQuestion && !ASKS_US.test(sentence)) return false;
  const found = [...imperatives, ...anywhere].filter(({ probe, words }) => probe.test(sentence) && words.test(sentence));
  if (found.length === 0 || denials?.test(sentence) === true) return false;
  return found.some(({ guard }) => guard === "nothing" || !limits.test(guard === "turn" ? turn : sentence));
}
