// The analyst: calls that are over and whose lead waits for the analysis of what was said. It has transcripts analysed as they
// come in, and concludes each call with what was found, or without it when the wait is over. What waits is in the rows: after
// a crash it goes on.

import { findAgentVersion } from "../../agents/store.ts";
import type { Analysed, Analyser, Conversation } from "../../calls/analyser.ts";
import { reportedTranscript } from "../../calls/outcome/report-store.ts";
import { readTurns } from "../../calls/outcome/transcript.ts";
import { type Cancel, type Clock, type EpochMs, SECOND } from "../../runtime/clock.ts";
import type { GroupCommit } from "../../runtime/group-commit.ts";
import type { Log } from "../../runtime/log.ts";
import { createLoop } from "../../runtime/loop.ts";
import { type Concluded, concludeCall, type Conclusion } from "./conclude.ts";
import type { MachineStore } from "./finish.ts";
import { ANALYSIS_BOUND_MS } from "./settle.ts";

export interface AnalystDependencies extends MachineStore {
  clock: Clock;
  commit: GroupCommit;
  log: Log;
  /** Without it nothing is analysed here; bots may still report. */
  analyser?: Analyser;
  /** A call was concluded, and that is on disk. */
  onConcluded: (concluded: Concluded) => void;
}

export interface Analyst {
  /** Something may be to be analysed or concluded. Cheap when nothing is. */
  nudge(): void;
  /** Asks and concludes nothing any more; what waits goes on after the next start. */
  stop(): Promise<void>;
}

/** Conversations that are analysed at once. */
const MOST_AT_ONCE = 4;
/** Calls looked at in one round; those behind them have more time left. */
const MOST_LOOKED_AT = 1_000;
const RETRY_MS = SECOND;

interface PendingCall {
  id: string;
  agentId: string;
  agentVersion: number;
  endedAt: EpochMs;
  timezone: string | null;
  dueAt: EpochMs;
  isReported: 0 | 1;
}

/** What is known of one that waits. Its deadline is by the monotonic clock, so that a wall clock that is set moves nothing. */
interface Wait {
  deadlineMs: number;
  isAsking: boolean;
  isConcluding: boolean;
  conclusion: Conclusion | undefined;
}

/** Nothing happens before the first nudge. */
export function createAnalyst(deps: AnalystDependencies): Analyst {
  const { clock, log, analyser } = deps;
  const waits = new Map<string, Wait>();
  const stopping = new AbortController();
  let cancelSleep: Cancel = () => undefined;

  const loop = createLoop("analyst", log, () => {
    cancelSleep();
    const pending = readPending(deps);
    const ids = new Set(pending.map(({ id }) => id));
    for (const id of waits.keys()) if (!ids.has(id)) waits.delete(id);
    for (const call of pending) look(call);
    const deadlines = [...waits.values()].filter(({ isConcluding }) => !isConcluding).map(({ deadlineMs }) => deadlineMs);
    if (deadlines.length > 0) cancelSleep = clock.after(Math.max(0, Math.min(...deadlines) - clock.monotonicMs()), () => loop.nudge());
  });
  const conclude = createConclusions(deps, () => loop.nudge());

  const look = (call: PendingCall) => {
    const nowMs = clock.monotonicMs();
    const wait = waits.get(call.id) ?? {
      deadlineMs: nowMs + boundedWait(call.dueAt - clock.now()),
      isAsking: false,
      isConcluding: false,
      conclusion: undefined,
    };
    waits.set(call.id, wait);
    if (wait.conclusion === undefined && wait.deadlineMs <= nowMs)
      wait.conclusion = {
        without: call.isReported === 1 ? "no analysis came in time" : "nothing was reported of the conversation in time",
      };
    if (wait.conclusion === undefined && call.isReported === 1 && !wait.isAsking) take(call, wait);
    if (wait.conclusion !== undefined) conclude(call.id, wait, wait.conclusion);
  };

  /** Its bot has reported, and no analysis with it: there is none to come but the one that is made here. */
  const take = (call: PendingCall, wait: Wait) => {
    if (analyser === undefined || !analyser.isReady())
      wait.conclusion = { without: "its bot reported no analysis, and no endpoint is set that makes one (PUT /api/settings/analysis)" };
    else if ([...waits.values()].filter(({ isAsking }) => isAsking).length < MOST_AT_ONCE) void ask(analyser, call, wait);
  };

  const ask = async (asked: Analyser, call: PendingCall, wait: Wait) => {
    wait.isAsking = true;
    const conversation = conversationOf(deps, call);
    const answer = "without" in conversation ? conversation : await analyse(deps, asked, conversation, wait.deadlineMs, stopping.signal);
    wait.isAsking = false;
    wait.conclusion ??= answer;
    loop.nudge();
  };

  return {
    nudge: () => loop.nudge(),
    async stop() {
      stopping.abort();
      await loop.stop();
      cancelSleep();
    },
  };
}

/** An error that is not the endpoint's is ours. */
async function analyse(
  { clock, log }: AnalystDependencies,
  analyser: Analyser,
  conversation: Conversation,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<Analysed> {
  try {
    return await analyser.analyse(conversation, deadlineMs - clock.monotonicMs(), signal);
  } catch (error) {
    log.error("analysis.broken", { callId: conversation.callId, error });
    return { without: "the analysis broke off" };
  }
}

/** Writes conclusions, each once at a time; one that could not be written is due again after a second. */
function createConclusions(deps: AnalystDependencies, nudge: () => void): (callId: string, wait: Wait, conclusion: Conclusion) => void {
  const { clock, commit, log, onConcluded } = deps;
  return (callId, wait, conclusion) => {
    if (wait.isConcluding) return;
    wait.isConcluding = true;
    const again = (error: unknown) => {
      log.error("analysis.not_written", { callId, error });
      clock.after(RETRY_MS, () => {
        wait.isConcluding = false;
        nudge();
      });
    };
    commit.add({
      work: () => concludeCall(deps, callId, conclusion, clock.now()),
      committed(concluded) {
        if (concluded !== undefined) log.info("call.concluded", { callId, ...("without" in conclusion ? conclusion : {}) });
        if (concluded !== undefined) onConcluded(concluded);
        nudge();
      },
      failed: again,
      uncertain: again,
    });
  };
}

/** Never longer than a lead may wait, wherever the wall clock stood when its call ended. */
function boundedWait(ms: number): number {
  return Math.min(ANALYSIS_BOUND_MS, Math.max(0, ms));
}

// By the partial index on what waits, in the order in which the waits end.
const PENDING = `
  SELECT c.id, c.agent_id AS agentId, c.agent_version AS agentVersion, c.ended_at AS endedAt, c.analysis_due_at AS dueAt,
         (SELECT json_extract(p.schedule, '$.timezone') FROM campaigns p WHERE p.id = c.campaign_id) AS timezone,
         EXISTS (SELECT 1 FROM call_reports r WHERE r.call_id = c.id) AS isReported
    FROM calls c INDEXED BY calls_analysis WHERE c.analysis_due_at IS NOT NULL ORDER BY c.analysis_due_at LIMIT ${MOST_LOOKED_AT}`;

function readPending({ db }: MachineStore): PendingCall[] {
  return db.sqlite.query<PendingCall, []>(PENDING).all();
}

/** Or why there is nothing to ask. */
function conversationOf(
  { db }: MachineStore,
  { id, agentId, agentVersion, endedAt, timezone }: PendingCall,
): Conversation | { without: string } {
  const plan = findAgentVersion(db, agentId, agentVersion)?.postCallAnalysis;
  if (plan === undefined) return { without: "its agent is gone" };
  const transcript = reportedTranscript(db, id);
  if (!hasSpeech(transcript)) return { without: "nobody spoke but the bot" };
  return { callId: id, transcript, plan, endedAt, timezone: timezone ?? "UTC" };
}

/** Of a text without labels nobody can tell who spoke. */
function hasSpeech(transcript: unknown): boolean {
  const turns = readTurns(transcript);
  return turns.some(({ who }) => who === "person") || (turns.length > 0 && turns.every(({ who }) => who === "other"));
}
