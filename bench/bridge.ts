// How many calls one core bridges between RTP and the WebSockets of their bots, and what one costs. The bot is the echo bot.
//   bun bench/bridge.ts [ROUNDS] [CALLS,CALLS,…]     goal: 250 or more with p99 < 10 ms and no loss, at most 0.3 % of a core a call

import { buildPeer, medianRound, printTable, type Round, runRound } from "./media-rig.ts";
import { startExample } from "../test/bots/support/example-bot.ts";
import { hurry } from "../test/bots/support/priority.ts";

const MEASURE_MS = 5_000;
const FRAMES_A_SECOND = 50;
const rounds = Number(Bun.argv[2] ?? 3);
const sizes = (Bun.argv[3] ?? "100,250,400").split(",").map(Number);
const peer = buildPeer();
hurry(-19);
// Beside the far ends, so that the subject has its core to itself.
const echo = await startExample("echo-bot", {}, ["taskset", "-c", String(navigator.hardwareConcurrency - 1)]);
const rows: string[][] = [];
let held = 0;

for (const calls of sizes) {
  const bridged: Round[] = [];
  const alone: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const measure = async (botUrl: string | undefined, into: Round[]) =>
      void into.push(
        await runRound(peer, { kind: "ours", place: "worker", stallMs: 0, botUrl }, calls, { measureMs: MEASURE_MS, core: 0 }),
      );
    // A B B A, so that a machine that grows busier favours neither.
    await measure(round % 2 === 0 ? echo.url : undefined, round % 2 === 0 ? bridged : alone);
    await measure(round % 2 === 0 ? undefined : echo.url, round % 2 === 0 ? alone : bridged);
  }
  const [bridge, simulated] = [medianRound(bridged), medianRound(alone)];
  if (bridge.bestP99 < 10 && bridge.lostOut === 0 && bridge.lostIn === 0) held = Math.max(held, calls);
  rows.push(rowOf("no bot outside", simulated), rowOf("bridged to the echo bot", bridge));
}
await echo.stop();

printTable(
  [
    "engine",
    "calls",
    "CPU %",
    "% of a core a call",
    "µs a frame both ways",
    "p50 ms",
    "p99 ms",
    "best p99",
    "max ms",
    "lost out",
    "lost in",
    "KiB a call",
  ],
  rows,
);
console.log(
  `\nOne core bridged ${held} calls with p99 < 10 ms in its quietest round, and no loss in any (of ${sizes.join(", ")}; medians of ${rounds} rounds).`,
);
process.exit(0);

function rowOf(name: string, round: Round): string[] {
  return [
    name,
    String(round.calls),
    round.cpuPercent.toFixed(0),
    (round.cpuPercent / round.calls).toFixed(3),
    ((round.cpuPercent * 10_000) / (round.calls * FRAMES_A_SECOND)).toFixed(1),
    round.p50.toFixed(2),
    round.p99.toFixed(2),
    round.bestP99.toFixed(2),
    round.max.toFixed(1),
    String(round.lostOut),
    String(round.lostIn ?? "-"),
    round.kibPerCall?.toFixed(1) ?? "-",
  ];
}
