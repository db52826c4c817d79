// A process is killed in the middle of a call; another one ends what it left open.

import { describe, expect, test } from "bun:test";
import { resolve } from "node:path";
import { systemClock } from "../../../src/runtime/clock.ts";
import { seededRandom } from "../../../src/runtime/random.ts";
import { readTrace, writeTrace } from "../../../src/sip/call/call-trace.ts";
import { openCarrier } from "../../../src/sip/carrier.ts";
import { openTestDialer, sipTrunk } from "../../support/sip-call.ts";
import { freshPort } from "../../support/tools.ts";

type Moment = "ringing" | "answered";

/** What is left of the call: `aside` has it stand as a line beside another one's. */
interface Kept {
  trace: boolean;
  answersMeanwhile?: boolean;
  noTrunk?: boolean;
  aside?: boolean;
}

async function killAt(moment: Moment, keep: Kept) {
  const carrier = await openCarrier({
    clock: systemClock,
    random: seededRandom(3),
    bind: { address: "127.0.0.1", port: 0 },
    courseOf: () => ({
      rings: true,
      answers: moment === "answered" || keep.answersMeanwhile === true,
      ringMs: moment === "answered" ? 20 : 400,
      talkMs: 3_600_000,
      status: 480,
      ...(moment === "ringing" && keep.answersMeanwhile !== true ? { ringMs: 3_600_000 } : {}),
    }),
    media: () => ({ address: "127.0.0.1", port: 41_000 }),
  });
  const port = freshPort();
  const numbers = { from: "+15550100001", to: "+15550100777" };
  const callId = `call_crash_${moment}`;
  const child = Bun.spawn(
    [
      process.execPath,
      "run",
      resolve(import.meta.dir, "../../support/crash-caller.ts"),
      String(port),
      String(carrier.port),
      callId,
      numbers.to,
    ],
    { stdout: "pipe", stderr: "inherit" },
  );
  const trace = await traceAt(child.stdout, moment);
  child.kill("SIGKILL");
  await child.exited;
  // Answered while nobody is there.
  if (keep.answersMeanwhile === true) await new Promise((done) => setTimeout(done, 600));
  const { dialer } = await openTestDialer({ bind: { address: "127.0.0.1", port } });
  const startedAt = performance.now();
  const trunk = keep.noTrunk === true ? undefined : sipTrunk({ port: carrier.port });
  if (keep.aside === true) await dialer.endOrphan({ callId: "call_person", ...numbers, trunk, trace: asideOf(callId, trace) });
  else await dialer.endOrphan({ callId, ...numbers, trunk, trace: keep.trace ? trace : undefined });
  const tookMs = performance.now() - startedAt;
  const seen = carrier.seen().map((line) => line.split(" ")[0]);
  const open = carrier.open();
  await dialer.stop();
  await carrier.stop();
  return { seen, open, tookMs };
}

function asideOf(id: string, text: string): string {
  const trace = readTrace(text);
  if (trace === undefined) throw new Error("the caller told no trace");
  return writeTrace({ ...trace, facts: { ...trace.facts, callId: "of nobody" } }, [{ id, ofTrunk: true, trace }]);
}

async function traceAt(output: ReadableStream<Uint8Array>, moment: Moment): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of output) {
    text += decoder.decode(bytes, { stream: true });
    const line = text
      .split("\n")
      .slice(0, -1)
      .find((candidate) => candidate.startsWith(`${moment} `));
    if (line !== undefined) return line.slice(moment.length + 1);
  }
  throw new Error(`the caller ended before ${moment}: ${text}`);
}

describe("a call whose process was killed", () => {
  test.each<{ what: string; moment: Moment; keep: Kept; seen: string[] }>([
    { what: "while it rings: CANCEL", moment: "ringing", keep: { trace: true }, seen: ["INVITE", "CANCEL"] },
    {
      what: "while it rings, with nothing stored but its row: CANCEL all the same",
      moment: "ringing",
      keep: { trace: false },
      seen: ["INVITE", "CANCEL"],
    },
    { what: "while they talk: BYE", moment: "answered", keep: { trace: true }, seen: ["INVITE", "BYE"] },
    {
      what: "while it rings, its trunk deleted meanwhile: CANCEL by what was stored",
      moment: "ringing",
      keep: { trace: true, noTrunk: true },
      seen: ["INVITE", "CANCEL"],
    },
    {
      what: "while they talk, its trunk deleted meanwhile: BYE by what was stored",
      moment: "answered",
      keep: { trace: true, noTrunk: true },
      seen: ["INVITE", "BYE"],
    },
    {
      what: "while it rings beside the person's line, the trunk deleted meanwhile: CANCEL",
      moment: "ringing",
      keep: { trace: true, noTrunk: true, aside: true },
      seen: ["INVITE", "CANCEL"],
    },
    {
      what: "while they talk beside the person's line: BYE",
      moment: "answered",
      keep: { trace: true, aside: true },
      seen: ["INVITE", "BYE"],
    },
    {
      what: "of which nothing is left, neither trunk nor trace: nothing can be told",
      moment: "ringing",
      keep: { trace: false, noTrunk: true },
      seen: ["INVITE"],
    },
    {
      what: "while it rings, and answered before we are back: BYE",
      moment: "ringing",
      keep: { trace: true, answersMeanwhile: true },
      seen: ["INVITE", "BYE"],
    },
  ])(
    "$what, within 5 s, without a second INVITE",
    async ({ moment, keep, seen }) => {
      const outcome = await killAt(moment, keep);
      expect(outcome.seen).toEqual(seen);
      expect(outcome.open).toBe(seen.length === 1 ? 1 : 0);
      expect(outcome.tookMs).toBeLessThan(5_000);
    },
    20_000,
  );
});
