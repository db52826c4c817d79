// The verbs on agents. A change touches the draft alone; campaigns hold a version, which never changes.

import type { Db } from "../database/open.ts";
import { transact } from "../database/transaction.ts";
import { AppError, invalidAt, notFound, stillReferenced } from "../errors.ts";
import type { Clock } from "../runtime/clock.ts";
import type { NewId } from "../runtime/ids.ts";
import { readBotPassword, writeBotPassword } from "../settings/bot-passwords.ts";
import { forgetBotRotations } from "../settings/bot-rotations.ts";
import { audioProblems } from "./audio-service.ts";
import type { Problem } from "./connection.ts";
import { type AgentChange, agentDefaults, type AgentSnapshot, changeDraft, parseSnapshot } from "./draft.ts";
import type { AgentRow, AgentVersionRow, VersionWords } from "./model.ts";
import { campaignsOfAgent, deleteAgent, findAgent, findAgentVersionRow, insertAgent, insertAgentVersion, updateAgent } from "./store.ts";

/** What the verbs need. */
export interface AgentDependencies {
  db: Db;
  clock: Pick<Clock, "now">;
  newId: NewId;
}

/** Throws 404. */
export function getAgent(db: Db, id: string): AgentRow {
  const row = findAgent(db, id);
  if (row === undefined) throw notFound("agent", id);
  return row;
}

/** Throws 404 for the agent and for the version; `version` is what stood in the path. */
export function getAgentVersion(db: Db, agentId: string, version: string): AgentVersionRow {
  const { currentVersion } = getAgent(db, agentId);
  const row = /^[1-9]\d{0,8}$/.test(version) ? findAgentVersionRow(db, agentId, Number(version)) : undefined;
  if (row === undefined)
    throw new AppError("not_found", `the agent '${agentId}' has no version '${version}'; its versions are 1 to ${currentVersion}`);
  return row;
}

/** The first draft is published as version 1. */
export function createAgent({ db, clock, newId }: AgentDependencies, fields: AgentChange): AgentRow {
  const draft = acceptedDraft(db, undefined, agentDefaults, fields);
  const now = clock.now();
  const row: AgentRow = {
    id: newId("agent"),
    name: draft.name,
    draft: JSON.stringify(draft),
    currentVersion: 1,
    createdAt: now,
    updatedAt: now,
  };
  return transact(db, () => {
    insertAgent(db, row);
    insertAgentVersion(db, {
      agentId: row.id,
      version: 1,
      id: newId("ver"),
      label: null,
      notes: null,
      snapshot: row.draft,
      createdAt: now,
    });
    keepPassword(db, row.id, fields);
    return row;
  });
}

/** Throws 404, and 400 when the draft would not hold; then nothing changes. */
export function changeAgent({ db, clock }: AgentDependencies, id: string, change: AgentChange): AgentRow {
  return transact(db, () => {
    const row = getAgent(db, id);
    const draft = acceptedDraft(db, id, parseSnapshot(row.draft), change);
    const changed: AgentRow = { ...row, name: draft.name, draft: JSON.stringify(draft), updatedAt: clock.now() };
    updateAgent(db, changed);
    keepPassword(db, id, change);
    return changed;
  });
}

/** Throws 409 while a campaign names it; calls that it held stay. */
export function removeAgent(db: Db, id: string): void {
  transact(db, () => {
    getAgent(db, id);
    const users = campaignsOfAgent(db, id).map((campaign) => `campaign '${campaign.name}' (${campaign.id})`);
    if (users.length > 0) throw stillReferenced("agent", id, users);
    deleteAgent(db, id);
    forgetBotRotations(db, id);
    writeBotPassword(db, id, null);
  });
}

/** Publishes the draft as the next version, which new campaigns take from now on. */
export function publishVersion({ db, clock, newId }: AgentDependencies, agentId: string, words: VersionWords): AgentVersionRow {
  return transact(db, () => {
    const agent = getAgent(db, agentId);
    const now = clock.now();
    const version = agent.currentVersion + 1;
    const row: AgentVersionRow = {
      agentId,
      version,
      id: newId("ver"),
      label: words.label ?? null,
      notes: words.notes ?? null,
      snapshot: agent.draft,
      createdAt: now,
    };
    insertAgentVersion(db, row);
    updateAgent(db, { ...agent, currentVersion: version, updatedAt: now });
    return row;
  });
}

/** Makes the draft what `version` was and publishes it; the versions between stay as they are. Throws 400 when its recording is gone. */
export function rollBack(deps: AgentDependencies, agentId: string, version: string): AgentVersionRow {
  const { db, clock } = deps;
  return transact(db, () => {
    const old = getAgentVersion(db, agentId, version);
    const { name } = acceptedDraft(db, agentId, parseSnapshot(old.snapshot), {});
    updateAgent(db, { ...getAgent(db, agentId), name, draft: old.snapshot, updatedAt: clock.now() });
    return publishVersion(deps, agentId, { label: `Rollback to version ${old.version}` });
  });
}

/** `agentId` is undefined for an agent that is being made, and has no recordings yet. */
function acceptedDraft(db: Db, agentId: string | undefined, current: AgentSnapshot, change: AgentChange): AgentSnapshot {
  const { draft, problems } = changeDraft(current, change);
  if (problems.length > 0) throw invalidAt(problems);
  const missing = audioProblems(db, agentId, draft);
  if (missing.length > 0) throw invalidAt(missing);
  const unusable = passwordProblems(draft, change.connection?.password, agentId === undefined ? undefined : readBotPassword(db, agentId));
  if (unusable.length > 0) throw invalidAt(unusable);
  return draft;
}

/** `given` is what the request says: undefined leaves the one that is kept. */
function passwordProblems({ connection }: AgentSnapshot, given: string | null | undefined, kept: string | undefined): Problem[] {
  if (connection.type !== "sip") return [];
  const password = given === undefined ? kept : (given ?? undefined);
  if (connection.username === undefined)
    return typeof given === "string" ? [{ path: "connection.password", message: "is there without a username; it needs one" }] : [];
  return password === undefined ? [{ path: "connection.password", message: "is missing; a username needs one" }] : [];
}

function keepPassword(db: Db, agentId: string, { connection }: AgentChange): void {
  if (connection?.password !== undefined) writeBotPassword(db, agentId, connection.password);
}
