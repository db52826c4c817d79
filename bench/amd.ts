// Answering-machine detection on the held-out half of the labelled set: ours, ours with other settings, and the rules of Asterisk's
// AMD() with its defaults; and what a frame costs.
//   bun bench/amd.ts [tuning]

import { confusion, type Decision, decide, type Judged, rowOf } from "../scripts/amd-judge.ts";
import type { Half, Truth } from "../scripts/amd-recipes.ts";
import { openSet } from "../scripts/amd-set.ts";
import { createMachineDetector } from "../src/media/amd/machine-detector.ts";
import { FRAME_SAMPLES } from "../src/media/sound/frame.ts";
import { decideAsAsterisk } from "./support/app-amd.ts";
import { median, table } from "./support/figures.ts";

const half: Half = Bun.argv[2] === "tuning" ? "tuning" : "heldOut";
const ROUNDS = 7;
const CLIPS_PER_ROUND = 40;

const deciders: readonly { name: string; decide(samples: Int16Array): Decision }[] = [
  { name: "outdial", decide: (samples) => decide(samples) },
  {
    name: "outdial, longestPromptMs 3,600: waits for no beep, so a telephone that screens is a machine",
    decide: (samples) => decide(samples, { longestPromptMs: 3_600 }),
  },
  { name: "outdial, for an agent that plays an announcement", decide: (samples) => decide(samples, { agentConverses: false }) },
  { name: "the rules of Asterisk's AMD(), its defaults", decide: decideAsAsterisk },
];
const groups: readonly { name: string; truths: readonly Truth[] }[] = [
  { name: "all persons", truths: ["person"] },
  { name: "all persons, screened ones too", truths: ["person", "screening"] },
  { name: "all machines", truths: ["mailbox", "beepless"] },
  { name: "machines with a beep", truths: ["mailbox"] },
];

const set = await openSet("dist/amd-set");
const clips = set.recipes.filter((recipe) => recipe.half === half).map(set.mix);
console.log(`${clips.length} clips of the ${half} half, ${new Set(clips.map(({ recipe }) => recipe.language)).size} languages\n`);
for (const { name, decide: decideOne } of deciders) {
  const judged: Judged[] = clips.map(({ recipe, samples }) => ({ recipe, ...decideOne(samples) }));
  const sums = groups.map((group) =>
    rowOf(
      group.name,
      judged.filter(({ recipe }) => group.truths.includes(recipe.truth)),
    ),
  );
  console.log(`${name}\n${table([...confusion(judged), ...sums])}`);
}
console.log(
  `${microsecondsPerFrame().toFixed(1)} µs of one core a frame, median of ${ROUNDS} rounds (${CLIPS_PER_ROUND} clips each, every frame heard)`,
);

/** Processor time, which other programs on the machine do not lengthen by much. */
function microsecondsPerFrame(): number {
  const rounds = Array.from({ length: ROUNDS }, (_, round) => {
    let frames = 0;
    const before = process.cpuUsage();
    for (const { samples } of clips.slice((round * CLIPS_PER_ROUND) % clips.length).slice(0, CLIPS_PER_ROUND)) {
      const detector = createMachineDetector({ agentConverses: true });
      for (let at = 0; at + FRAME_SAMPLES <= samples.length; at += FRAME_SAMPLES, frames += 1)
        detector.hear(samples.subarray(at, at + FRAME_SAMPLES));
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / frames;
  });
  return median(rounds);
}
