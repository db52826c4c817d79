// What a blocked main thread does to the audio of 100 calls: 30 ms of every 100 it gives nobody a turn.
//   bun bench/media-stall.ts [ROUNDS]

import { buildPeer, medianRound, printTable, type Round, runRound } from "./media-rig.ts";

const CALLS = 100;
const STALL_MS = 30;
const MEASURE_MS = 8_000;
const rounds = Number(Bun.argv[2] ?? 3);
const peer = buildPeer();

const cases = [
  { name: "worker, main thread free", place: "worker", stallMs: 0 },
  { name: "worker, main thread blocked", place: "worker", stallMs: STALL_MS },
  { name: "no worker, main thread blocked", place: "inline", stallMs: STALL_MS },
] as const;

const measured = new Map<string, Round[]>(cases.map(({ name }) => [name, []]));
for (let round = 0; round < rounds; round += 1) {
  for (const { name, place, stallMs } of cases) {
    measured.get(name)?.push(await runRound(peer, { kind: "ours", place, stallMs }, CALLS, { measureMs: MEASURE_MS, core: undefined }));
  }
}

const results = cases.map(({ name }) => ({ name, round: medianRound(measured.get(name) ?? []) }));
const free = results[0]?.round.p99 ?? Number.NaN;
printTable(
  ["engine", "p50 ms", "p99 ms", "beside free", "max ms", "lost out", "lost in"],
  results.map(({ name, round }) => [
    name,
    round.p50.toFixed(2),
    round.p99.toFixed(2),
    `${(round.p99 / free).toFixed(1)} x`,
    round.max.toFixed(1),
    String(round.lostOut),
    String(round.lostIn ?? "-"),
  ]),
);
console.log(
  `\n${CALLS} calls, blocked ${STALL_MS} ms in every 100; medians of ${rounds}; deviation of the time between packets from 20 ms.`,
);
