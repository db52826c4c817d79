// Calls per second, INVITE to BYE, against sipp as the carrier, beside sipp as the caller in the same run.
// Rounds alternate; the table shows medians and their ratio. `bun run bench/sip-cps.ts [calls] [rounds]`; needs sip-tester.

import { availableParallelism } from "node:os";
import type { DialTrunk } from "../src/calls/dialer.ts";
import { createLog } from "../src/runtime/log.ts";
import { systemClock } from "../src/runtime/clock.ts";
import { systemRandom } from "../src/runtime/random.ts";
import { type MediaEngine, type MediaSession, noSession } from "../src/sip/media-port.ts";
import { openSipDialer, type SipDialer } from "../src/sip/sip-dialer.ts";
import { systemDns } from "../src/sip/system-dns.ts";
import { freshPort, tool, whenBound } from "../test/support/tools.ts";
import { plainPlan } from "../test/support/bot-plan.ts";

const calls = Number(process.argv[2] ?? 10_000);
const rounds = Number(process.argv[3] ?? 5);
const IN_FLIGHT = 100;
/** The carrier on one core, the caller on the other. */
const [carrierCore, callerCore] = availableParallelism() > 1 ? ["0", "1"] : ["0", "0"];

/** Signalling alone: no packet of audio moves. */
const session: MediaSession = { ...noSession, port: 40_000 };
const silence: MediaEngine = { open: () => session, stop: () => Promise.resolve() };

async function startCarrier() {
  const port = freshPort();
  const child = Bun.spawn(["taskset", "-c", carrierCore ?? "0", tool("sipp"), "-sn", "uas", "-i", "127.0.0.1", "-p", String(port), "-mi", "127.0.0.1", "-buff_size", "4194304", "-nostdin", "-timeout", "120s"], { stdout: "ignore", stderr: "ignore" });
  await whenBound("udp", port);
  return { port, stop: async () => void (child.kill("SIGKILL"), await child.exited) };
}

async function sippCallsPerSecond(): Promise<number> {
  const carrier = await startCarrier();
  const startedAt = performance.now();
  const child = Bun.spawn(["taskset", "-c", callerCore ?? "0", tool("sipp"), "-sn", "uac", `127.0.0.1:${carrier.port}`, "-i", "127.0.0.1", "-p", String(freshPort()), "-mi", "127.0.0.1", "-r", "60000", "-l", String(IN_FLIGHT), "-m", String(calls), "-d", "0", "-buff_size", "4194304", "-nostdin"], { stdout: "ignore", stderr: "ignore" });
  const code = await child.exited;
  const seconds = (performance.now() - startedAt) / 1_000;
  await carrier.stop();
  if (code !== 0) throw new Error(`sipp as the caller ended with ${code}`);
  return calls / seconds;
}

function placeAll(dialer: SipDialer, trunk: DialTrunk, prefix: string): Promise<number> {
  return new Promise((resolve) => {
    let begun = 0;
    let over = 0;
    let bad = 0;
    const next = () => {
      if (begun >= calls) return;
      const call = dialer.place(
        { callId: `call_${prefix}_${(begun += 1)}`, attempt: 1, from: "+15550100001", to: "+15550100002", ringTimeoutMs: 30_000, maxDurationMs: 60_000, bot: plainPlan(), trunk },
        {
          ringing: () => undefined,
          answered: () => call.hangUp("enough"),
          trace: (_state, stored) => stored(),
          told: () => undefined,
          ended({ ending, reason }) {
            over += 1;
            if (ending !== "completed" && (bad += 1) === 1) console.error(`a call ended ${ending}: ${reason}`);
            if (over === calls) resolve(bad);
            else next();
          },
        },
      );
    };
    for (let slot = 0; slot < IN_FLIGHT; slot += 1) next();
  });
}

/** Runs in a process of its own, pinned to the caller's core. */
async function ownRound(port: number): Promise<void> {
  const dialer = await openSipDialer({ clock: systemClock, random: systemRandom, log: createLog("error", systemClock, console.error), media: silence, dns: systemDns(), secret: "bench", bind: { address: "127.0.0.1", port: 0 } });
  const trunk: DialTrunk = { id: "trk", driver: "sip", options: { host: "127.0.0.1", port, keepAliveSeconds: 0 } };
  await dialer.prepare(trunk);
  const startedAt = performance.now();
  const bad = await placeAll(dialer, trunk, `${startedAt}`);
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(JSON.stringify({ perSecond: calls / seconds, bad, memoryMiB: process.memoryUsage().rss / 1_048_576 }));
  process.exit(0);
}

async function ownCallsPerSecond(): Promise<{ perSecond: number; bad: number; memoryMiB: number }> {
  const carrier = await startCarrier();
  const child = Bun.spawn(["taskset", "-c", callerCore ?? "0", process.execPath, "run", import.meta.path, String(calls), String(rounds), "own", String(carrier.port)], { stdout: "pipe", stderr: "inherit" });
  const said = await new Response(child.stdout).text();
  await child.exited;
  await carrier.stop();
  return JSON.parse(said) as { perSecond: number; bad: number; memoryMiB: number };
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

if (process.argv[4] === "own") {
  await ownRound(Number(process.argv[5]));
} else {
  const ours: number[] = [];
  const theirs: number[] = [];
  let bad = 0;
  let memoryMiB = 0;
  for (let round = 0; round < rounds; round += 1) {
    theirs.push(await sippCallsPerSecond());
    const own = await ownCallsPerSecond();
    ours.push(own.perSecond);
    bad += own.bad;
    memoryMiB = Math.max(memoryMiB, own.memoryMiB);
    console.log(`round ${round + 1}: sipp ${theirs.at(-1)?.toFixed(0)}/s, outdial ${own.perSecond.toFixed(0)}/s`);
  }
  console.log(`\ncalls per second, INVITE to BYE, ${IN_FLIGHT} in flight, ${calls} calls, median of ${rounds}`);
  console.log(`sipp as the caller   ${median(theirs).toFixed(0)}`);
  console.log(`outdial              ${median(ours).toFixed(0)}`);
  console.log(`ratio                ${(median(ours) / median(theirs)).toFixed(2)}  (goal: 1.00 or more)`);
  console.log(`calls not completed  ${bad}`);
  console.log(`memory, highest      ${memoryMiB.toFixed(0)} MiB`);
}
