// Whether a campaign's bot is there, as the machine sees it: what is known now, and which bots are to be asked about.
// The asking is bots/reachability.ts's; app.ts hands it in.

import type { Connection } from "../../agents/connection.ts";
import type { DialTrunk } from "../../calls/dialer.ts";
import type { EpochMs } from "../../runtime/clock.ts";
import type { BotFact } from "../rules/gate.ts";
import type { RosterEntry } from "./roster.ts";

/** The bot of an agent's version, and how it is reached. */
export interface AgentBot {
  agentId: string;
  connection: Connection;
}

/** What is known of bots. Nothing here waits. */
export interface BotReach {
  /** `reason` is a sentence that names the bot's host. */
  verdict(bot: AgentBot): { kind: "reachable" } | { kind: "unasked" } | { kind: "unreachable"; reason: string; askAgainAt: EpochMs };
  /** Asks where the answer is missing or growing old; the machine is nudged when it is another one than before. */
  ask(bot: AgentBot): void;
}

/** The bot that calls through these trunks would talk with; undefined where every carrier is simulated and no bot is connected. */
export function botOf(
  { agentId, agent }: Pick<RosterEntry, "agentId" | "agent">,
  trunks: readonly Pick<DialTrunk, "driver">[],
): AgentBot | undefined {
  return trunks.every(({ driver }) => driver === "simulator") ? undefined : { agentId, connection: agent.connection };
}

/** Where nobody asks, bots are taken to be there. */
export function botFact(reach: BotReach | undefined, bot: AgentBot | undefined): BotFact {
  if (reach === undefined || bot === undefined) return "reachable";
  const verdict = reach.verdict(bot);
  return verdict.kind === "unreachable" ? { unreachable: verdict.reason, askAgainAt: verdict.askAgainAt } : verdict.kind;
}

/** Why the campaign waits, for people; undefined while nothing is known against its bot. */
export function unreachableWords({ agent }: Pick<RosterEntry, "agent">, fact: BotFact): string | undefined {
  return typeof fact === "object" ? `bot_unreachable: the bot of agent '${agent.name}' cannot be reached: ${fact.unreachable}` : undefined;
}
