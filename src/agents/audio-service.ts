// The verbs on the recordings of agents: take one in, and remove one that nothing names.

import type { Db } from "../database/open.ts";
import { transact } from "../database/transaction.ts";
import { AppError, type ErrorDetail, notFound, stillReferenced } from "../errors.ts";
import type { Clock } from "../runtime/clock.ts";
import type { NewId } from "../runtime/ids.ts";
import type { AudioUpload } from "./audio-model.ts";
import { type AgentAudioRow, countAgentAudio, deleteAgentAudio, findAgentAudio, insertAgentAudio } from "./audio-store.ts";
import { type AgentSnapshot, parseSnapshot } from "./draft.ts";
import type { AgentRow } from "./model.ts";
import { campaignsOfAgent, findAgent, findAgentVersion } from "./store.ts";

/** How files become sound and sound files; the media's. */
export interface AudioFormat {
  /** 8,000 samples a second; or what is wrong with the file, in a sentence. Takes its time in slices. */
  read(file: Uint8Array): Promise<{ samples: Int16Array } | { problem: string }>;
  write(samples: Int16Array): Uint8Array<ArrayBuffer>;
  durationMsOf(samples: number): number;
}

/** What the verbs need. */
export interface AgentAudioDependencies {
  db: Db;
  clock: Pick<Clock, "now">;
  newId: NewId;
  format: AudioFormat;
}

/** An agent's; each is 4.8 MB at most. */
const MOST_RECORDINGS = 100;

/** Throws 404. */
export function getAgentAudio(db: Db, agentId: string, id: string): AgentAudioRow {
  const row = findAgentAudio(db, agentId, id);
  if (row === undefined) throw notFound("recording of this agent", id);
  return row;
}

/** Throws 400 for a file that cannot be played, 409 for an agent with too many, and 404 for one that was deleted meanwhile. */
export async function addAgentAudio(
  { db, clock, newId, format }: AgentAudioDependencies,
  agent: AgentRow,
  { name }: AudioUpload,
  file: unknown,
): Promise<AgentAudioRow> {
  if (!(file instanceof Uint8Array) || file.length === 0)
    throw new AppError("validation_failed", "the body is empty; it must be a WAV file");
  const read = await format.read(file);
  if ("problem" in read) throw new AppError("validation_failed", read.problem);
  return transact(db, () => {
    if (findAgent(db, agent.id) === undefined) throw notFound("agent", agent.id);
    if (countAgentAudio(db, agent.id) >= MOST_RECORDINGS)
      throw new AppError("wrong_state", `the agent '${agent.id}' has ${MOST_RECORDINGS} recordings, which is the most; delete one first`);
    const row: AgentAudioRow = {
      id: newId("aud"),
      agentId: agent.id,
      name: name?.trim() || "recording",
      durationMs: format.durationMsOf(read.samples.length),
      createdAt: clock.now(),
    };
    insertAgentAudio(db, row, read.samples);
    return row;
  });
}

/** Throws 404, and 409 while the draft, the current version or a campaign's version names it: calls may yet play it. */
export function removeAgentAudio(db: Db, agent: AgentRow, id: string): void {
  transact(db, () => {
    getAgentAudio(db, agent.id, id);
    const users = usersOf(db, agent, id);
    if (users.length > 0) throw stillReferenced("recording", id, users);
    deleteAgentAudio(db, id);
  });
}

function usersOf(db: Db, agent: AgentRow, id: string): string[] {
  const names = (snapshot: AgentSnapshot | undefined) => snapshot !== undefined && namedAudio(snapshot).some((named) => named.id === id);
  const isInVersion = (version: number) => names(findAgentVersion(db, agent.id, version));
  return [
    ...(names(parseSnapshot(agent.draft)) ? ["the agent's draft"] : []),
    ...(isInVersion(agent.currentVersion) ? [`the agent's current version ${agent.currentVersion}`] : []),
    ...campaignsOfAgent(db, agent.id)
      .filter(({ agentVersion }) => isInVersion(agentVersion))
      .map((campaign) => `campaign '${campaign.name}' (${campaign.id})`),
  ];
}

function namedAudio({ connection, voicemail }: AgentSnapshot): { path: string; id: string }[] {
  const played = connection.type === "announcement" ? [{ path: "connection.audio", id: connection.audio }] : [];
  return voicemail.audio === null ? played : [...played, { path: "voicemail.audio", id: voicemail.audio }];
}

/** What a draft names that is no recording of the agent; `agentId` is undefined for one that is being made. */
export function audioProblems(db: Db, agentId: string | undefined, draft: AgentSnapshot): ErrorDetail[] {
  return namedAudio(draft)
    .filter(({ id }) => agentId === undefined || findAgentAudio(db, agentId, id) === undefined)
    .map(({ path, id }) => ({ path, message: `is '${id.slice(0, 60)}', which is no recording of this agent; ${remedyFor(agentId)}` }));
}

function remedyFor(agentId: string | undefined): string {
  if (agentId === undefined) return "create the agent without it, upload the recording with POST /api/agents/{id}/audio, then name it here";
  return `upload it with POST /api/agents/${agentId}/audio, and name the id of the answer here`;
}
