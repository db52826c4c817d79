// Whether agents' bots are there, asked before anybody's phone rings and kept for moments. Nothing is stored; the machine
// reads what is known (dialing/view/bot-reach.ts), and a person who starts a campaign or a call waits for an answer.

import type { BotConnection } from "../calls/bot.ts";
import { type Clock, type EpochMs, SECOND } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";

/** The bot of an agent's version, and how it is reached. */
export interface AgentBot {
  agentId: string;
  connection: BotConnection;
}

/** `unasked`: no answer that is still good; ask, and do not dial. `reason` is a sentence. */
type ReachVerdict = { kind: "reachable" } | { kind: "unasked" } | { kind: "unreachable"; reason: string; askAgainAt: EpochMs };

/** Why the bot is not there, as a sentence that names its host; undefined when it is. Gives up when the signal says so. */
export type Probe = (bot: AgentBot, signal: AbortSignal) => Promise<string | undefined>;

interface ReachabilityDependencies {
  clock: Clock;
  log: Log;
  probe: Probe;
  /** Another answer than before: what was held may go, or the other way round. */
  onChange: () => void;
}

export interface Reachability {
  /** What is known now. */
  verdict(bot: AgentBot): ReachVerdict;
  /** Asks where the answer is missing or growing old, and where the wait after a failure is over. Returns at once. */
  ask(bot: AgentBot): void;
  /** Waits for an answer, 3 s at most: the one that is known while it is good, a new one where the bot was not there. */
  check(bot: AgentBot): Promise<string | undefined>;
  /** Nothing is told any more. */
  stop(): void;
}

/** A yes is good for so long after it was asked for. */
const LONGEST_AGE_MS = 10 * SECOND;
/** Older than this it is asked for again, ahead of time. */
const RENEWAL_AGE_MS = 5 * SECOND;
const PATIENCE_MS = 3 * SECOND;
/** After a failure it is asked again, later each time. */
const FIRST_WAIT_MS = 5 * SECOND;
const LONGEST_WAIT_MS = 60 * SECOND;
/** Bots that are remembered; the one asked about longest ago is forgotten first. */
const MOST_REMEMBERED = 1_000;

interface Known {
  problem: string | undefined;
  askedMs: number;
  /** In a row. */
  failures: number;
}

/** One for the whole appliance. */
export function createReachability(deps: ReachabilityDependencies): Reachability {
  const { clock } = deps;
  const known = new Map<string, Known>();
  const asking = new Map<string, Promise<string | undefined>>();
  let isStopped = false;

  const run = (bot: AgentBot): Promise<string | undefined> => {
    const name = nameOf(bot);
    const askedMs = clock.monotonicMs();
    const answer = askWithin(deps, bot).then((problem) => {
      asking.delete(name);
      const before = known.get(name);
      remember(known, name, { problem, askedMs, failures: problem === undefined ? 0 : failuresAfter(before, askedMs) });
      if (before === undefined || before.problem !== problem) tell(deps.log, bot, problem);
      if (!isStopped) deps.onChange();
      return problem;
    });
    asking.set(name, answer);
    return answer;
  };
  const isGood = (found: Known) => found.problem === undefined && clock.monotonicMs() - found.askedMs <= LONGEST_AGE_MS;

  return {
    verdict(bot) {
      const found = known.get(nameOf(bot));
      if (needsNone(bot) || (found !== undefined && isGood(found))) return { kind: "reachable" };
      if (found?.problem === undefined) return { kind: "unasked" };
      const waitMs = waitOf(found, clock.monotonicMs());
      // Being asked just now, or about to be: the answer nudges, and this is only for the case that none comes.
      return { kind: "unreachable", reason: found.problem, askAgainAt: clock.now() + (waitMs > 0 ? waitMs : FIRST_WAIT_MS) };
    },
    ask(bot) {
      const found = known.get(nameOf(bot));
      const isDue =
        found === undefined ||
        (found.problem === undefined ? clock.monotonicMs() - found.askedMs >= RENEWAL_AGE_MS : waitOf(found, clock.monotonicMs()) <= 0);
      if (!needsNone(bot) && isDue && !asking.has(nameOf(bot))) void run(bot);
    },
    async check(bot) {
      const found = known.get(nameOf(bot));
      if (needsNone(bot) || (found !== undefined && isGood(found))) return undefined;
      return asking.get(nameOf(bot)) ?? run(bot);
    },
    stop: () => void (isStopped = true),
  };
}

/** Never rejects: a probe that fails is a bot that is not there. */
async function askWithin({ clock, probe }: ReachabilityDependencies, bot: AgentBot): Promise<string | undefined> {
  const controller = new AbortController();
  const late = Promise.withResolvers<string>();
  const cancel = clock.after(PATIENCE_MS, () => {
    late.resolve(`${placeOf(bot.connection)} did not answer within ${PATIENCE_MS / SECOND} s`);
    controller.abort();
  });
  try {
    return await Promise.race([probe(bot, controller.signal), late.promise]);
  } catch (error) {
    return `${placeOf(bot.connection)} could not be asked: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    cancel();
  }
}

function remember(known: Map<string, Known>, name: string, answer: Known): void {
  known.delete(name);
  known.set(name, answer);
  const [oldest] = known.keys();
  if (known.size > MOST_REMEMBERED && oldest !== undefined) known.delete(oldest);
}

/** One more; but who asks out of turn does not make the machine wait longer. */
function failuresAfter(before: Known | undefined, askedMs: number): number {
  if (before === undefined || before.problem === undefined) return 1;
  return waitOf(before, askedMs) > 0 ? before.failures : before.failures + 1;
}

/** Until it may be asked again; 0 or less when it may be now. */
function waitOf({ askedMs, failures }: Known, nowMs: number): number {
  return askedMs + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 10)) - nowMs;
}

/** Recordings are an agent's own; every other connection means the same whoever's it is. */
function nameOf({ agentId, connection }: AgentBot): string {
  return connection.type === "announcement" ? `${agentId} ${connection.audio}` : JSON.stringify(connection);
}

function needsNone({ connection }: AgentBot): boolean {
  return connection.type === "simulated";
}

/** Where the bot is, for people: the host, never path or query, which may hold a token. */
export function placeOf(connection: BotConnection): string {
  switch (connection.type) {
    case "stream":
    case "twiml":
      return URL.canParse(connection.url) ? new URL(connection.url).host : "its URL";
    case "sip":
      return connection.uri.replace(/^sips?:([^@]*@)?/, "").replace(/[;?].*$/, "");
    case "process":
      return `the program '${connection.command}'`;
    case "announcement":
      return `the recording '${connection.audio}'`;
    case "simulated":
      return "the simulated bot";
    default:
      return connection satisfies never;
  }
}

function tell(log: Log, { agentId, connection }: AgentBot, problem: string | undefined): void {
  if (problem === undefined) log.info("bot.reachable", { agentId, place: placeOf(connection) });
  else log.warn("bot.unreachable", { agentId, problem });
}
