import { describe, expect, test } from "bun:test";
import { machineDetectorDefaults } from "../../../src/media/amd/machine-detector.ts";
import { createSpeechTiming, type SpeechTimingRules } from "../../../src/media/amd/speech-timing.ts";

/** Milliseconds of silence, of speech, of silence, and so on: `result/reason@ms` of every verdict. */
function verdictsOf(turns: readonly number[], rules: SpeechTimingRules = machineDetectorDefaults): string[] {
  const timing = createSpeechTiming(rules);
  let nowMs = 0;
  return turns.flatMap((ms, index) =>
    Array.from({ length: ms / 20 }, () => {
      nowMs += 20;
      const told = timing.hear(index % 2 === 1);
      return told === undefined ? [] : [`${told.result}/${told.reason}@${nowMs}`];
    }).flat(),
  );
}

describe("who answers with", () => {
  test.each<[string, number[], string[]]>([
    ["a word", [500, 300, 3_000], ["human/pause_after_speech@1540"]],
    ["a sentence", [500, 2_000, 3_000], ["human/pause_after_speech@3440"]],
    ["a company's greeting of 3.5 s", [500, 3_500, 3_000], ["human/pause_after_speech@5100"]],
    ["a word, a breath and a sentence", [500, 400, 500, 900, 3_000], ["human/pause_after_speech@3200"]],
    ["nothing", [8_000], ["unknown/long_silence@5000"]],
    ["a word after 6 s", [6_000, 500, 3_000], ["unknown/long_silence@5000", "human/pause_after_speech@7260"]],
    ["a cough", [500, 100, 3_000], []],
    ["a cough, and a word after it", [500, 100, 2_000, 500, 3_000], ["human/pause_after_speech@3860"]],
    ["speech without end", [500, 20_000], ["machine/speech_length@11520"]],
    ["a long greeting, and nothing", [500, 6_000, 25_000], ["unknown/no_beep@9500", "machine/silence_after_greeting@26500"]],
    [
      "a long greeting in two parts, and nothing",
      [500, 4_000, 2_000, 3_000, 25_000],
      ["unknown/no_beep@12500", "machine/silence_after_greeting@29500"],
    ],
    [
      "a company's long greeting, and talk with pauses",
      [500, 3_900, 1_500, 3_000, 2_000, 3_000, 1_500, 3_000, 3_000],
      ["unknown/no_beep@21400"],
    ],
    ["a long prompt, and a word 8 s later", [500, 6_000, 8_000, 600, 3_000], ["unknown/no_beep@9500", "human/pause_after_speech@15880"]],
    ["a short greeting, and then nothing", [500, 2_000, 25_000], ["human/pause_after_speech@3440", "machine/silence_after_greeting@22500"]],
    ["a short greeting, and a word within 19 s", [500, 2_000, 18_500, 300, 25_000], ["human/pause_after_speech@3440"]],
    ["a short greeting, and long talk later", [500, 800, 3_000, 15_000, 25_000], ["human/pause_after_speech@2100"]],
  ])("%s", (_, turns, wanted) => {
    expect(verdictsOf(turns)).toEqual(wanted);
  });
});

test("who does not wait for a beep decides while the greeting goes on", () => {
  expect(verdictsOf([500, 6_000, 3_000], { ...machineDetectorDefaults, longestPromptMs: 3_600 })).toEqual(["machine/speech_length@4120"]);
});

test("initial silence alone makes nobody a machine", () => {
  expect(verdictsOf([60_000]).join()).not.toContain("machine");
});
