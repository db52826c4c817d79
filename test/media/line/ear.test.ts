import { describe, expect, test } from "bun:test";
import type { MachineVerdict } from "../../../src/calls/bot.ts";
import type { Verdict } from "../../../src/media/amd/verdict.ts";
import { createEar } from "../../../src/media/line/ear.ts";

type Witness = ["line", Verdict["result"], Verdict["reason"]] | ["bot", MachineVerdict["result"]];

/** What is believed after each witness; a dot for one that changes nothing. */
function believed(...witnesses: Witness[]): string {
  let next: Verdict | undefined;
  const ear = createEar({ hear: () => next, verdict: () => next, greetingEnd: () => undefined, isListening: () => true });
  return witnesses
    .map((witness) => {
      if (witness[0] === "bot") return ear.told({ result: witness[1], reason: "bot", atMs: 0 });
      next = { result: witness[1], reason: witness[2], atMs: 0 };
      return ear.hear(new Int16Array(160));
    })
    .map((verdict) => (verdict === undefined ? "." : `${verdict.result}/${verdict.reason}`))
    .join(" ");
}

describe("who picked up", () => {
  test.each<[string, Witness[], string]>([
    ["the line's first word", [["line", "human", "pause_after_speech"]], "human/pause_after_speech"],
    ["nobody is sure", [["line", "unknown", "long_silence"]], "unsure/long_silence"],
    [
      "the line changes its mind",
      [
        ["line", "human", "pause_after_speech"],
        ["line", "machine", "silence_after_greeting"],
      ],
      "human/pause_after_speech machine/silence_after_greeting",
    ],
    [
      "the bot goes before timing",
      [
        ["line", "human", "pause_after_speech"],
        ["bot", "machine"],
      ],
      "human/pause_after_speech machine/bot",
    ],
    [
      "timing does not go before the bot",
      [
        ["bot", "human"],
        ["line", "machine", "speech_length"],
      ],
      "human/bot .",
    ],
    [
      "a beep goes before timing",
      [
        ["line", "machine", "beep"],
        ["line", "human", "pause_after_speech"],
      ],
      "machine/beep .",
    ],
    [
      "the bot goes before a beep",
      [
        ["line", "machine", "beep"],
        ["bot", "human"],
      ],
      "machine/beep human/bot",
    ],
    [
      "a beep does not go before the bot",
      [
        ["bot", "human"],
        ["line", "machine", "beep"],
      ],
      "human/bot .",
    ],
    [
      "the network goes before the bot",
      [
        ["bot", "human"],
        ["line", "unobtainable", "sit"],
      ],
      "human/bot unobtainable/sit",
    ],
    [
      "so does a fax",
      [
        ["bot", "human"],
        ["line", "fax", "fax_answering"],
      ],
      "human/bot fax/fax_answering",
    ],
    [
      "the same again is no news, and yet more certain",
      [
        ["line", "machine", "speech_length"],
        ["bot", "machine"],
        ["line", "human", "pause_after_speech"],
      ],
      "machine/speech_length . .",
    ],
    [
      "a bot may think again",
      [
        ["bot", "machine"],
        ["bot", "human"],
      ],
      "machine/bot human/bot",
    ],
  ])("%s", (_name, witnesses, expected) => expect(believed(...witnesses)).toBe(expected));

  test("without a detector only the bot is heard", () => {
    const ear = createEar(undefined);
    expect([ear.hear(new Int16Array(160)), ear.isDeaf(), ear.told({ result: "machine", reason: "bot", atMs: 1 })?.result]).toEqual([
      undefined,
      true,
      "machine",
    ]);
  });
});
