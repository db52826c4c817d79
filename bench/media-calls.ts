// How many two-way G.711 calls one core holds, and what a call costs beside the plainest loop in C.
//   bun bench/media-calls.ts [ROUNDS] [CALLS,CALLS,…]     goal: 800 or more with p99 < 10 ms and no loss, at most twice the C loop

import { buildPeer, medianRound, printTable, type Round, runRound } from "./media-rig.ts";
import { hurry } from "../test/bots/support/priority.ts";

const MEASURE_MS = 8_000;
const rounds = Number(Bun.argv[2] ?? 3);
const sizes = (Bun.argv[3] ?? "100,400,800,1000").split(",").map(Number);
const peer = buildPeer();
hurry(-19);
const rows: string[][] = [];
let held = 0;

for (const calls of sizes) {
  const ours: Round[] = [];
  const theirs: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // A B B A, so that a machine that grows busier favours neither.
    const order = round % 2 === 0 ? ["loop", "ours"] : ["ours", "loop"];
    for (const kind of order) {
      const subject = kind === "loop" ? ({ kind: "loop" } as const) : ({ kind: "ours", place: "worker", stallMs: 0 } as const);
      (kind === "loop" ? theirs : ours).push(await runRound(peer, subject, calls, { measureMs: MEASURE_MS, core: 0 }));
    }
  }
  const [mine, loop] = [medianRound(ours), medianRound(theirs)];
  if (mine.bestP99 < 10 && mine.lostOut === 0 && mine.lostIn === 0) held = Math.max(held, calls);
  rows.push(rowOf("C loop", loop, loop), rowOf("outdial", mine, loop));
}

printTable(
  [
    "engine",
    "calls",
    "CPU %",
    "µs a packet pair",
    "CPU beside C",
    "p50 ms",
    "p99 ms",
    "best p99",
    "best beside C",
    "max ms",
    "lost out",
    "lost in",
    "KiB a call",
  ],
  rows,
);
console.log(
  `\nOne core held ${held} calls with p99 < 10 ms in its quietest round, and no loss in any (of ${sizes.join(", ")}; medians of ${rounds} rounds).`,
);

function rowOf(name: string, round: Round, loop: Round): string[] {
  const pairsPerSecond = round.calls * 50;
  return [
    name,
    String(round.calls),
    round.cpuPercent.toFixed(0),
    ((round.cpuPercent * 10_000) / pairsPerSecond).toFixed(1),
    `${(round.cpuPercent / loop.cpuPercent).toFixed(2)} x`,
    round.p50.toFixed(2),
    round.p99.toFixed(2),
    round.bestP99.toFixed(2),
    `${(round.bestP99 / loop.bestP99).toFixed(1)} x`,
    round.max.toFixed(1),
    String(round.lostOut),
    String(round.lostIn ?? "-"),
    round.kibPerCall?.toFixed(1) ?? "-",
  ];
}
