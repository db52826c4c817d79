// A process is killed in the middle of a call; another one ends what it left open.

import { describe, expect, test } from "bun:test";
import { resolve } from "node:path";
import { systemClock } from "../../../src/runtime/clock.ts";
import { seededRandom } from "../../../src/runtime/random.ts";
import { openCarrier } from "../../../src/sip/carrier.ts";
import { openTestDialer, sipTrunk } from "../../support/sip-call.ts";
import { freshPort } from "../../support/tools.ts";

type Moment = "ringing" | "answered";

async function killAt(moment: Moment, keep: { trace: boolean; answersMeanwhile?: boolean }) {
  const carrier = await openCarrier({
    clock: systemClock,
    random: seededRandom(3),
    bind: { address: "127.0.0.1", port: 0 },
    courseOf: () => ({ rings: true, answers: moment === "answered" || keep.answersMeanwhile === true, ringMs: moment === "answered" ? 20 : 400, talkMs: 3_600_000, status: 480, ...(moment === "ringing" && keep.answersMeanwhile !== true ? { ringMs: 3_600_000 } : {}) }),
    media: () => ({ address: "127.0.0.1", port: 41_000 }),
  });
  const port = freshPort();
  const numbers = { from: "+15550100001", to: "+15550100777" };
  const callId = `call_crash_${moment}`;
  const child = Bun.spawn([process.execPath, "run", resolve(import.meta.dir, "../../support/crash-caller.ts"), String(port), String(carrier.port), callId, numbers.to], { stdout: "pipe", stderr: "inherit" });
  const trace = await traceAt(child.stdout, moment);
  child.kill("SIGKILL");
  await child.exited;
  // Answered while nobody is there.
  if (keep.answersMeanwhile === true) await new Promise((done) => setTimeout(done, 600));
  const { dialer } = await openTestDialer({ bind: { address: "127.0.0.1", port } });
  const startedAt = performance.now();
  await dialer.endOrphan({ callId, ...numbers, trunk: sipTrunk({ port: carrier.port }), trace: keep.trace ? trace : undefined });
  const tookMs = performance.now() - startedAt;
  const seen = carrier.seen().map((line) => line.split(" ")[0]);
  const open = carrier.open();
  await dialer.stop();
  await carrier.stop();
  return { seen, open, tookMs };
}

async function traceAt(output: ReadableStream<Uint8Array>, moment: Moment): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of output) {
    text += decoder.decode(bytes, { stream: true });
    const line = text.split("\n").slice(0, -1).find((candidate) => candidate.startsWith(`${moment} `));
    if (line !== undefined) return line.slice(moment.length + 1);
  }
  throw new Error(`the caller ended before ${moment}: ${text}`);
}

describe("a call whose process was killed", () => {
  test.each<{ what: string; moment: Moment; keep: { trace: boolean; answersMeanwhile?: boolean }; seen: string[] }>([
    { what: "while it rings: CANCEL", moment: "ringing", keep: { trace: true }, seen: ["INVITE", "CANCEL"] },
    { what: "while it rings, with nothing stored but its row: CANCEL all the same", moment: "ringing", keep: { trace: false }, seen: ["INVITE", "CANCEL"] },
    { what: "while they talk: BYE", moment: "answered", keep: { trace: true }, seen: ["INVITE", "BYE"] },
    { what: "while it rings, and answered before we are back: BYE", moment: "ringing", keep: { trace: true, answersMeanwhile: true }, seen: ["INVITE", "BYE"] },
  ])("$what, within 5 s, without a second INVITE", async ({ moment, keep, seen }) => {
    const outcome = await killAt(moment, keep);
    expect(outcome.seen).toEqual(seen);
    expect(outcome.open).toBe(0);
    expect(outcome.tookMs).toBeLessThan(5_000);
  }, 20_000);
});
