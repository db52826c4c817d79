// Calls per second, INVITE to BYE, against sipp as the carrier, beside sipp as the caller in the same run, 100 and 20 in flight.
// Rounds alternate; the table shows medians and their ratio. `bun run bench/sip-cps.ts [calls] [rounds]`; needs sip-tester.

import { availableParallelism } from "node:os";
import type { DialTrunk } from "../src/calls/dialer.ts";
import { systemClock } from "../src/runtime/clock.ts";
import { createLog } from "../src/runtime/log.ts";
import { systemRandom } from "../src/runtime/random.ts";
import { type MediaEngine, type MediaSession, noSession } from "../src/sip/media-port.ts";
import { openSipDialer, type SipDialer } from "../src/sip/sip-dialer.ts";
import { systemDns } from "../src/sip/transport/system-dns.ts";
import { freshPort, tool, whenBound } from "../test/support/tools.ts";
import { plainPlan } from "../test/support/bot-plan.ts";
import { median, table } from "./support/figures.ts";

/** Few in flight are paced by sipp's own tick of 10 ms; with many, the processor decides. */
const IN_FLIGHT = [100, 20];
/** A caller that just started runs its code slowly; one that dials for days does so for a few seconds. */
const WARM_UP_CALLS = 20_000;
/** The carrier on one core, the caller on the other. */
const [carrierCore, callerCore] = availableParallelism() > 1 ? ["0", "1"] : ["0", "0"];

/** `cold`: from the first call of the process; `warm`: after WARM_UP_CALLS. sipp is the same in both. */
type Caller = "sipp" | "cold" | "warm";

interface Round {
  perSecond: number;
  /** Processor time, user and system, all threads. */
  callerMicros: number;
  carrierMicros: number;
  bad: number;
  memoryMiB: number;
}

/** Signalling alone: no packet of audio moves. */
const session: MediaSession = { ...noSession, port: 40_000 };
const silence: MediaEngine = { open: () => session, stop: () => Promise.resolve() };

const microsOf = (child: Bun.Subprocess) => Number(child.resourceUsage()?.cpuTime.total ?? 0);

async function withCarrier(run: (port: number) => Promise<{ round: Omit<Round, "carrierMicros">; calls: number }>): Promise<Round> {
  const port = freshPort();
  const child = Bun.spawn(
    [
      "taskset",
      "-c",
      carrierCore ?? "0",
      tool("sipp"),
      "-sn",
      "uas",
      "-i",
      "127.0.0.1",
      "-p",
      String(port),
      "-mi",
      "127.0.0.1",
      "-buff_size",
      "4194304",
      "-nostdin",
      "-timeout",
      "300s",
    ],
    { stdout: "ignore", stderr: "ignore" },
  );
  await whenBound("udp", port);
  try {
    const { round, calls } = await run(port);
    child.kill("SIGKILL");
    await child.exited;
    return { ...round, carrierMicros: microsOf(child) / calls };
  } finally {
    child.kill("SIGKILL");
  }
}

function sippRound(calls: number, inFlight: number): Promise<Round> {
  return withCarrier(async (port) => {
    const startedAt = performance.now();
    const child = Bun.spawn(
      [
        "taskset",
        "-c",
        callerCore ?? "0",
        tool("sipp"),
        "-sn",
        "uac",
        `127.0.0.1:${port}`,
        "-i",
        "127.0.0.1",
        "-p",
        String(freshPort()),
        "-mi",
        "127.0.0.1",
        "-r",
        "60000",
        "-l",
        String(inFlight),
        "-m",
        String(calls),
        "-d",
        "0",
        "-buff_size",
        "4194304",
        "-nostdin",
      ],
      { stdout: "ignore", stderr: "ignore" },
    );
    const code = await child.exited;
    const seconds = (performance.now() - startedAt) / 1_000;
    if (code !== 0) throw new Error(`sipp as the caller ended with ${code}`);
    return { calls, round: { perSecond: calls / seconds, callerMicros: microsOf(child) / calls, bad: 0, memoryMiB: 0 } };
  });
}

function ownRound(calls: number, inFlight: number, warmUp: number): Promise<Round> {
  return withCarrier(async (port) => {
    const child = Bun.spawn(
      [
        "taskset",
        "-c",
        callerCore ?? "0",
        process.execPath,
        "run",
        import.meta.path,
        "own",
        String(calls),
        String(inFlight),
        String(warmUp),
        String(port),
      ],
      { stdout: "pipe", stderr: "inherit" },
    );
    const said = await new Response(child.stdout).text();
    await child.exited;
    return { calls: calls + warmUp, round: JSON.parse(said) as Omit<Round, "carrierMicros"> };
  });
}

/** Runs in a process of its own, pinned to the caller's core. */
async function callSipp(calls: number, inFlight: number, warmUp: number, port: number): Promise<void> {
  const dialer = await openSipDialer({
    clock: systemClock,
    random: systemRandom,
    log: createLog("error", systemClock, console.error),
    media: silence,
    dns: systemDns(),
    secret: "bench",
    bind: { address: "127.0.0.1", port: 0 },
  });
  const trunk: DialTrunk = { id: "trk", driver: "sip", options: { host: "127.0.0.1", port, keepAliveSeconds: 0 } };
  await dialer.prepare(trunk);
  const lost = warmUp === 0 ? 0 : await placeAll(dialer, trunk, warmUp, inFlight);
  const before = process.cpuUsage();
  const startedAt = performance.now();
  const bad = await placeAll(dialer, trunk, calls, inFlight);
  const seconds = (performance.now() - startedAt) / 1_000;
  const used = process.cpuUsage(before);
  console.log(
    JSON.stringify({
      perSecond: calls / seconds,
      callerMicros: (used.user + used.system) / calls,
      bad: bad + lost,
      memoryMiB: process.memoryUsage().rss / 1_048_576,
    }),
  );
  process.exit(0);
}

/** Resolves with how many calls did not run their course. */
function placeAll(dialer: SipDialer, trunk: DialTrunk, calls: number, inFlight: number): Promise<number> {
  const series = crypto.randomUUID();
  return new Promise((resolve) => {
    let begun = 0;
    let over = 0;
    let bad = 0;
    const next = () => {
      if (begun >= calls) return;
      const call = dialer.place(
        {
          callId: `call_${series}_${(begun += 1)}`,
          attempt: 1,
          from: "+15550100001",
          to: "+15550100002",
          ringTimeoutMs: 30_000,
          maxDurationMs: 60_000,
          bot: plainPlan(),
          trunk,
        },
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
    for (let slot = 0; slot < inFlight; slot += 1) next();
  });
}

async function compare(calls: number, rounds: number, inFlight: number): Promise<void> {
  const measured: Record<Caller, Round[]> = { sipp: [], cold: [], warm: [] };
  for (let round = 0; round < rounds; round += 1) {
    measured.sipp.push(await sippRound(calls, inFlight));
    measured.cold.push(await ownRound(calls, inFlight, 0));
    measured.warm.push(await ownRound(calls, inFlight, WARM_UP_CALLS));
  }
  const figure = (caller: Caller, pick: (round: Round) => number) => median(measured[caller].map(pick));
  const best = figure("sipp", ({ perSecond }) => perSecond);
  const rowOf = (name: string, caller: Caller) => {
    const speeds = measured[caller].map(({ perSecond }) => perSecond);
    const bad = measured[caller].reduce((sum, round) => sum + round.bad, 0);
    const memory = Math.max(...measured[caller].map(({ memoryMiB }) => memoryMiB));
    const speed = median(speeds);
    return [
      name,
      speed.toFixed(0),
      `${Math.min(...speeds).toFixed(0)} to ${Math.max(...speeds).toFixed(0)}`,
      (speed / best).toFixed(2),
      figure(caller, (round) => round.callerMicros).toFixed(0),
      figure(caller, (round) => round.carrierMicros).toFixed(0),
      String(bad),
      caller === "sipp" ? "-" : memory.toFixed(0),
    ];
  };
  console.log(
    `\n${inFlight} in flight, ${calls} calls, median of ${rounds}; the ratio is against sipp with as many in flight (goal with 100: 1.00 or more)`,
  );
  console.log(
    table([
      ["caller", "calls/s", "range", "ratio", "CPU µs a call", "carrier's", "not completed", "MiB"],
      rowOf("sipp", "sipp"),
      rowOf("outdial, from its first call", "cold"),
      rowOf(`outdial, after ${WARM_UP_CALLS} calls`, "warm"),
    ]),
  );
}

if (process.argv[2] === "own") {
  const [calls = 0, inFlight = 0, warmUp = 0, port = 0] = process.argv.slice(3).map(Number);
  await callSipp(calls, inFlight, warmUp, port);
} else {
  const calls = Number(process.argv[2] ?? 10_000);
  const rounds = Number(process.argv[3] ?? 5);
  for (const inFlight of IN_FLIGHT) await compare(calls, rounds, inFlight);
}
