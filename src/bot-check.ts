// Bots before their calls, put together: what the machine reads ahead, and what a person waits for. Used by app.ts alone.

import { findAgent, findAgentVersion } from "./agents/store.ts";
import { createProbe } from "./bots/probe.ts";
import { createReachability, type Reachability } from "./bots/reachability.ts";
import type { CallWish } from "./calls/control.ts";
import type { Db } from "./database/open.ts";
import type { Dialers } from "./dialers.ts";
import { botOf } from "./dialing/view/bot-reach.ts";
import { findNumber } from "./numbers/store.ts";
import type { Clock } from "./runtime/clock.ts";
import type { Log } from "./runtime/log.ts";
import { dialTrunkOf, findTrunk } from "./trunks/store.ts";

interface BotCheckParts {
  db: Db;
  clock: Clock;
  log: Log;
  dialers: Pick<Dialers, "askSipBot">;
  /** An answer has come in. */
  onChange: () => void;
}

/** Why the bot of an agent's version cannot be reached, as a sentence; undefined when it can, and where no bot is needed. */
export type CheckBot = (named: Pick<CallWish, "agentId" | "agentVersion" | "phoneNumberId">) => Promise<string | undefined>;

/** For the machine. */
export function createBotReach({ db, clock, log, dialers, onChange }: BotCheckParts): Reachability {
  const hasAudio = (agentId: string, audioId: string) =>
    db.sqlite.query("SELECT 1 FROM agent_audio WHERE id = ?1 AND agent_id = ?2").get(audioId, agentId) !== null;
  return createReachability({
    clock,
    log,
    onChange,
    probe: createProbe({ hasAudio, findProgram: (command) => Bun.which(command), askSip: dialers.askSipBot }),
  });
}

/** For people. What does not exist is no fault of the bot's: whoever asks is told so elsewhere. */
export function createBotCheck(db: Db, reach: Pick<Reachability, "check">): CheckBot {
  return async ({ agentId, agentVersion, phoneNumberId }) => {
    const row = findAgent(db, agentId);
    const agent = row === undefined ? undefined : findAgentVersion(db, agentId, agentVersion ?? row.currentVersion);
    const number = findNumber(db, phoneNumberId);
    const trunk = number === undefined ? undefined : findTrunk(db, number.trunkId);
    if (agent === undefined || trunk === undefined) return undefined;
    const bot = botOf({ agentId, agent }, [dialTrunkOf(trunk)]);
    const problem = bot === undefined ? undefined : await reach.check(bot);
    return problem === undefined ? undefined : `the bot of agent '${agent.name}' cannot be reached: ${problem}`;
  };
}
