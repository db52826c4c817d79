// What is done on the line beside the bot costs this much of a core a call: detection, the watch over silence, the recording.
//   bun bench/line.ts     processor time, so that a busy machine changes little

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bareLine, type LinePlan } from "../src/calls/bot.ts";
import { createLine } from "../src/media/line/line.ts";
import type { MediaBot } from "../src/media/media-bot.ts";
import { createRecording } from "../src/media/sound/recording.ts";
import { makeSoundFile } from "../src/media/sound/sound-file.ts";
import { plainPlan } from "../test/support/bot-plan.ts";
import { silence, speech } from "../test/media/support/sounds.ts";

const CALLS = 20;
const MOMENT_MS = 4;
const FRAME_MS = 20;
/** A person who answers, and then speaks half of the time: 30 s, while everything listens. */
const heard = [
  ...silence(400),
  ...speech(900),
  ...silence(1_500),
  ...Array.from({ length: 9 }, () => [...speech(1_500), ...silence(1_500)]).flat(),
];
const folder = mkdtempSync(join(tmpdir(), "bench-line-"));
const host = { end: () => undefined, sendDtmf: () => undefined, tell: () => undefined };
const said = new Int16Array(160).fill(1_000);
const bot: MediaBot = {
  start: () => undefined,
  onFrame: () => undefined,
  nextFrame(frame) {
    frame.set(said);
    return true;
  },
  onDtmf: () => undefined,
  close: () => undefined,
};
let files = 0;
/** Processor seconds of `CALLS` calls, the background's writing included. */
async function cost(line: Partial<LinePlan>): Promise<number> {
  const isRecorded = line.record === true;
  const before = process.cpuUsage();
  const closed: Promise<void>[] = [];
  const record = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    closed.push(promise);
    const path = join(folder, `${(files += 1)}.wav`);
    return createRecording({ open: () => makeSoundFile(path), failed: (error) => console.error(error), done: () => resolve() });
  };
  const frame = new Int16Array(160);
  for (let call = 0; call < CALLS; call += 1) {
    const made = createLine(plainPlan(undefined, { line: { ...bareLine, ...line } }), host, {
      createBot: () => bot,
      audioOf: () => undefined,
      record,
    });
    made?.start();
    for (const [index, sound] of heard.entries()) {
      frame.set(sound);
      made?.onFrame(frame);
      made?.nextFrame(frame);
      // A piece is full every 100 frames, and has two seconds to be written in a call; here it has a moment.
      if (isRecorded && index % 100 === 99) await Bun.sleep(MOMENT_MS);
    }
    made?.close();
    await Promise.all(closed);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000_000;
}

const voicemail = { ...bareLine.voicemail, detect: true };
const plans: [string, Partial<LinePlan>][] = [
  ["nothing", {}],
  ["silence timeout", { silenceTimeoutMs: 30_000 }],
  ["detection", { voicemail }],
  ["recording", { record: true }],
  ["all of it", { voicemail, silenceTimeoutMs: 30_000, record: true }],
];
await cost(plans[4]?.[1] ?? {});
const seconds = (CALLS * heard.length * FRAME_MS) / 1_000;
for (const [name, plan] of plans) {
  const costs = [await cost(plan), await cost(plan), await cost(plan)].sort((a, b) => a - b);
  const share = ((costs[0] ?? 0) / seconds) * 100;
  console.log(`${name.padEnd(16)} ${share.toFixed(3)} % of a core a call, ${((share / 100) * FRAME_MS * 1_000).toFixed(1)} µs a frame`);
}
rmSync(folder, { recursive: true });
