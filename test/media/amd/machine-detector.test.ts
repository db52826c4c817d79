import { describe, expect, test } from "bun:test";
import { createMachineDetector, type MachineDetectorSettings } from "../../../src/media/amd/machine-detector.ts";
import { silence, speech, tone } from "../support/sounds.ts";

/** A call whose frames are heard from the first on, with every verdict it brought. */
function callOf(frames: readonly Int16Array[], settings: Partial<MachineDetectorSettings> = {}) {
  const detector = createMachineDetector({ agentConverses: true, ...settings });
  const ends: string[] = [];
  const verdicts = frames.flatMap((frame) => {
    const verdict = detector.hear(frame);
    const end = detector.greetingEnd();
    const told = end === undefined ? "goes on" : end.by;
    if (told !== (ends.at(-1) ?? "goes on")) ends.push(told);
    return verdict === undefined ? [] : [`${verdict.result}/${verdict.reason}`];
  });
  return { detector, verdicts, ends };
}

const greeting = [...silence(500), ...speech(6_000)];
const hello = [...silence(500), ...speech(700)];
const beep = (ms = 400) => tone([1_000], ms, -16);

describe("a verdict", () => {
  test.each<[string, Int16Array[], string[]]>([
    ["hello", [...hello, ...silence(2_000)], ["human/pause_after_speech"]],
    ["hello over a noisy line", [...silence(800, -38), ...speech(700, -16), ...silence(2_000, -38)], ["human/pause_after_speech"]],
    ["a greeting with its beep", [...greeting, ...silence(600), ...beep(), ...silence(2_000)], ["machine/beep"]],
    [
      "a greeting with a beep of two tones",
      [...greeting, ...silence(600), ...tone([620, 850], 400, -16), ...silence(2_000)],
      ["machine/beep"],
    ],
    [
      "a short greeting with a beep",
      [...silence(500), ...speech(1_600), ...silence(1_500), ...beep(), ...silence(3_000)],
      ["human/pause_after_speech", "machine/beep"],
    ],
    ["a long greeting, cut off", [...silence(500), ...speech(13_000)], ["machine/speech_length"]],
    [
      "a telephone that asks who calls",
      [...greeting, ...silence(6_000), ...speech(600), ...silence(2_000)],
      ["unknown/no_beep", "human/pause_after_speech"],
    ],
    ["a mailbox without a beep", [...greeting, ...silence(22_000)], ["unknown/no_beep", "machine/silence_after_greeting"]],
    [
      "the network",
      [...silence(500), ...tone([950], 340), ...tone([1_400], 340), ...tone([1_800], 340), ...silence(300), ...greeting],
      ["unobtainable/sit"],
    ],
    [
      "the network, after somebody has spoken",
      [...hello, ...silence(300), ...tone([914], 280), ...tone([1_371], 280), ...tone([1_777], 380), ...silence(300)],
      ["unobtainable/sit"],
    ],
    ["a fax that calls", [...silence(1_000), ...tone([1_100], 500), ...silence(3_000)], ["fax/fax_calling"]],
    ["a fax that answers", [...silence(2_000), ...tone([2_100], 3_000), ...silence(1_000)], ["fax/fax_answering"]],
    [
      "a fax that calls, with talk in its office",
      [...speech(1_500, -48), ...tone([1_100], 500, -14), ...silence(3_000)],
      ["fax/fax_calling"],
    ],
    ["silence", silence(8_000), ["unknown/long_silence"]],
    [
      "ringing that goes on after the answer, then hello",
      [...tone([425], 1_000), ...silence(4_000), ...tone([425], 1_000), ...silence(1_000), ...hello, ...silence(2_000)],
      ["unknown/long_silence", "human/pause_after_speech"],
    ],
  ])("for %s", (_, frames, wanted) => {
    expect(callOf(frames).verdicts).toEqual(wanted);
  });

  test("of a person stands when an oven beeps and the person speaks on", () => {
    expect(
      callOf([...hello, ...silence(1_500), ...tone([2_000], 400, -20), ...silence(200), ...speech(2_000), ...silence(3_000)]).verdicts,
    ).toEqual(["human/pause_after_speech"]);
  });

  test("of a machine is the last", () => {
    expect(callOf([...greeting, ...silence(600), ...beep(), ...silence(3_000), ...speech(600), ...silence(25_000)]).verdicts).toEqual([
      "machine/beep",
    ]);
  });

  test("says what the network's tone means", () => {
    const { detector } = callOf([...silence(500), ...tone([985], 380), ...tone([1_371], 280), ...tone([1_777], 380), ...silence(500)]);
    expect(detector.verdict()).toMatchObject({ result: "unobtainable", specialTone: "vacant" });
  });

  test("tells the instant by the frames that were heard", () => {
    const { detector } = callOf([...silence(1_000, -Infinity), ...speech(1_000), ...silence(3_000, -Infinity)]);
    expect(detector.verdict()?.atMs).toBeGreaterThanOrEqual(2_600);
    expect(detector.verdict()?.atMs).toBeLessThanOrEqual(2_900);
  });

  test("is the same for the same frames", () => {
    const frames = [...greeting, ...silence(600), ...beep(), ...silence(3_000)];
    expect(callOf(frames).detector.verdict()).toEqual(callOf(frames).detector.verdict());
  });
});

describe("an agent that plays an announcement", () => {
  test("keeps who listens in silence", () => {
    expect(callOf([...hello, ...silence(35_000)], { agentConverses: false }).verdicts).toEqual(["human/pause_after_speech"]);
    expect(callOf([...greeting, ...silence(30_000)], { agentConverses: false }).verdicts).toEqual(["unknown/no_beep"]);
  });

  test("still hears a beep", () => {
    expect(callOf([...greeting, ...silence(600), ...beep(), ...silence(1_000)], { agentConverses: false }).verdicts).toEqual([
      "machine/beep",
    ]);
  });
});

describe("the end of a greeting", () => {
  test("is the end of its beep", () => {
    const { detector, ends } = callOf([...greeting, ...silence(600), ...beep(400), ...silence(1_000)]);
    expect(ends).toEqual(["beep"]);
    expect(detector.greetingEnd()?.atMs).toBeGreaterThanOrEqual(7_500);
    expect(detector.greetingEnd()?.atMs).toBeLessThanOrEqual(7_600);
  });

  test("is silence of 2.4 s where no beep comes, and a beep after all where one does", () => {
    const { detector, ends } = callOf([...greeting, ...silence(2_300)]);
    expect([detector.greetingEnd(), ends]).toEqual([undefined, []]);
    expect(callOf([...greeting, ...silence(2_700)]).ends).toEqual(["silence"]);
    expect(callOf([...greeting, ...silence(2_700), ...beep(), ...silence(500)]).ends).toEqual(["silence", "beep"]);
  });

  test("by silence is taken back by more of the greeting", () => {
    expect(callOf([...greeting, ...silence(2_700), ...speech(3_000), ...silence(500), ...beep(), ...silence(500)]).ends).toEqual([
      "silence",
      "goes on",
      "beep",
    ]);
  });

  test("is heard after the verdict too", () => {
    const { verdicts, ends } = callOf([...silence(500), ...speech(13_000), ...silence(600), ...beep(), ...silence(500)]);
    expect([verdicts, ends]).toEqual([["machine/speech_length"], ["beep"]]);
  });

  test("does not come before anybody has spoken", () => {
    expect(callOf(silence(8_000)).ends).toEqual([]);
  });
});

test("nothing is listened to after 40 s", () => {
  const { detector, verdicts } = callOf([...silence(40_000), ...greeting, ...beep(), ...silence(1_000)]);
  expect(verdicts).toEqual(["unknown/long_silence"]);
  expect(detector.isListening()).toBe(false);
});
