// What the media benches share: builds the far ends, runs one round against them, reads the processor time.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const FAR_PORT = 40_000;
const OWN_PORT = 50_000;
const WARM_MS = 3_000;
const TICKS_A_SECOND = 100;
/** As the unit file would set it, for the loop in C alike; without the right to it, nice says so and runs the command. */
const NICE = ["nice", "-n", "-10"];

/** One round: what the far ends saw, and what it cost. Deviations of the time between packets from 20 ms, in ms. */
export interface Round {
  calls: number;
  cpuPercent: number;
  p50: number;
  p99: number;
  /** Of the quietest round: what is left when the machine has nothing else to do. */
  bestP99: number;
  max: number;
  received: number;
  /** On the way out, as the far ends saw it. */
  lostOut: number;
  /** On the way in; undefined for the loop in C, which does not look. */
  lostIn: number | undefined;
  kibPerCall: number | undefined;
  /** The last line of ours, whole: what the process measured of itself. */
  told?: Record<string, number>;
}

/** Compiles media-peer.c, which is gone when this process ends; throws with the compiler's words. */
export function buildPeer(): string {
  const folder = mkdtempSync(join(tmpdir(), "outdial-bench-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, "media-peer");
  const built = Bun.spawnSync(["gcc", "-O2", "-w", "-o", program, join(import.meta.dir, "media-peer.c"), "-lm"]);
  if (built.exitCode !== 0) throw new Error(`gcc failed:\n${built.stderr.toString()}`);
  return program;
}

type Subject = { kind: "loop" } | { kind: "ours"; place: "worker" | "inline"; stallMs: number; botUrl?: string } | { kind: "appliance" };

export interface RoundOptions {
  measureMs: number;
  /** Where the subject runs, undefined for anywhere; the far ends always have the last core for themselves. */
  core: number | undefined;
  /** Done before the measuring; it is given the first line that the subject printed. */
  prepare?: (first: Record<string, unknown>) => Promise<void>;
  /** Begins with the measuring, and is waited for. */
  meanwhile?: () => Promise<void>;
}

function commandOf(peer: string, subject: Subject, calls: number): string[] {
  const ends = [String(calls), String(FAR_PORT), String(OWN_PORT)];
  switch (subject.kind) {
    case "loop":
      return [peer, "loop", ...ends];
    case "ours":
      return [
        process.execPath,
        join(import.meta.dir, "media-subject.ts"),
        ...ends,
        subject.place,
        String(subject.stallMs),
        ...(subject.botUrl === undefined ? [] : [subject.botUrl]),
      ];
    case "appliance":
      return [process.execPath, join(import.meta.dir, "import-subject.ts"), ...ends];
    default:
      return subject satisfies never;
  }
}

/** One round against fresh processes. Ours are told when the measuring begins, by a line. */
export async function runRound(peer: string, subject: Subject, calls: number, options: RoundOptions): Promise<Round> {
  const far = Bun.spawn(
    [
      ...NICE,
      "taskset",
      "-c",
      String(navigator.hardwareConcurrency - 1),
      peer,
      "far",
      String(calls),
      String(FAR_PORT),
      String(WARM_MS),
      String(options.measureMs),
    ],
    { stdout: "pipe" },
  );
  const farLines = lines(far.stdout);
  await farLines.next();
  const pinned = options.core === undefined ? [] : ["taskset", "-c", String(options.core)];
  const running = Bun.spawn([...NICE, ...pinned, ...commandOf(peer, subject, calls)], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  const runningLines = lines(running.stdout);
  const first = subject.kind === "loop" ? {} : JSON.parse((await runningLines.next()).value ?? "{}");
  await options.prepare?.(first);
  await farLines.next();
  const before = cpuSeconds(running.pid);
  if (subject.kind !== "loop") {
    running.stdin.write("measure\n");
    running.stdin.flush();
  }
  const meanwhile = options.meanwhile?.();
  const seen = JSON.parse((await farLines.next()).value ?? "{}");
  const cpuPercent = ((cpuSeconds(running.pid) - before) / (options.measureMs / 1_000)) * 100;
  const round = {
    calls,
    cpuPercent,
    p50: seen.p50,
    p99: seen.p99,
    bestP99: seen.p99,
    max: seen.max,
    received: seen.received,
    lostOut: seen.lost,
  };
  if (subject.kind === "loop") {
    running.kill();
    await running.exited;
    return { ...round, lostIn: undefined, kibPerCall: undefined };
  }
  await meanwhile;
  running.stdin.end();
  const told = JSON.parse((await runningLines.next()).value ?? "{}");
  await running.exited;
  return { ...round, lostIn: told.lost, kibPerCall: (told.talking - first.idle) / 1_024 / calls, told };
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}

/** User and system time of a process and all its threads. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

/** The middle one of each figure over several rounds. */
export function medianRound(rounds: readonly Round[]): Round {
  const of = (pick: (round: Round) => number | undefined) => {
    const values = rounds.flatMap((round) => pick(round) ?? []).sort((a, b) => a - b);
    return values[Math.floor(values.length / 2)];
  };
  const figure = (pick: (round: Round) => number) => of(pick) ?? Number.NaN;
  return {
    calls: figure((round) => round.calls),
    cpuPercent: figure((round) => round.cpuPercent),
    p50: figure((round) => round.p50),
    p99: figure((round) => round.p99),
    bestP99: Math.min(...rounds.map((round) => round.bestP99)),
    max: figure((round) => round.max),
    received: figure((round) => round.received),
    lostOut: Math.max(...rounds.map((round) => round.lostOut)),
    lostIn: of((round) => round.lostIn),
    kibPerCall: of((round) => round.kibPerCall),
  };
}

/** Right-aligned, in Markdown. */
export function printTable(heads: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of [heads, widths.map((width) => "-".repeat(width)), ...rows])
    console.log(`| ${row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join(" | ")} |`);
}
