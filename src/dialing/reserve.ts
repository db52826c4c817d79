// The reservation of a call that the gate let through: its row, and the order for its dialer with everything its bot is told.
// Used by claim.ts and single.ts inside their transaction.

import type { AgentSnapshot } from "../agents/draft.ts";
import type { BotPlan, LinePlan } from "../calls/bot.ts";
import { builtInsOf } from "../calls/call-variables.ts";
import { CallStatus } from "../calls/call.ts";
import type { CallOrder, DialTrunk } from "../calls/dialer.ts";
import type { DialResult } from "../calls/ending.ts";
import { renderTemplate } from "../calls/template.ts";
import type { Quote } from "../credits/quote.ts";
import { readBotPassword } from "../settings/bot-passwords.ts";
import { type EpochMs, SECOND } from "../runtime/clock.ts";
import type { RateTicket } from "../runtime/rate.ts";
import { callStarted } from "../webhooks/events/call-event.ts";
import { readListener } from "../webhooks/events/listener.ts";
import type { MachineStore } from "./ending/finish.ts";
import { reserveCredit } from "./ending/spending.ts";

/** A reserved attempt: its call row is written, nothing has left yet. A single call has neither campaign nor lead. */
export interface Claim {
  order: CallOrder;
  agentId: string;
  campaignId: string | undefined;
  leadId: string | undefined;
  ticket: RateTicket | undefined;
  /** The trunk's guard forbids the number: nothing may leave. */
  forbidden?: DialResult;
}

export interface ClaimContext extends MachineStore {
  /** Of this process; rows of another one are never placed. */
  bootId: string;
  /** What lets a call's bot report its outcome and steer its call; without it bots get none. */
  botAccess?: (callId: string, agentId: string) => BotAccess;
}

/** What a bot is given of us. */
export type BotAccess = Pick<BotPlan, "account" | "outcomeUrl" | "outcomeToken">;

/** Who calls, from where, through what. */
export interface CallLine {
  agentId: string;
  agentVersion: number;
  agent: AgentSnapshot;
  phoneNumberId: string;
  from: string;
  trunk: DialTrunk;
}

/** Who is called, and what for. */
export interface CallTarget {
  to: string;
  attempt: number;
  variables: Record<string, unknown>;
  campaign: { id: string; name: string } | undefined;
  leadId: string | undefined;
  /** In which the bot is told the time. */
  timezone: string;
  /** What the gate saw, as JSON. */
  facts?: string;
  /** What the call sets aside; the gate has said that it is there. */
  quote: Quote;
}

/** Writes the row of a call that is about to be placed, sets its credit aside, and returns its order. */
export function reserveCall(context: ClaimContext, line: CallLine, target: CallTarget, now: EpochMs): CallOrder {
  const callId = context.newId("call");
  const { agent, trunk, from } = line;
  const { to, attempt } = target;
  const campaignId = target.campaign?.id ?? null;
  const { rate, reserveMicros } = reserveCredit(context.db, { callId, campaignId }, target.quote, now);
  context.db.sqlite
    .query(
      `INSERT INTO calls (id, boot_id, campaign_id, lead_id, agent_id, agent_version, phone_number_id, trunk_id, from_number, to_number, attempt, status, placed_at, rate, reserve_micros, facts, awaits_analysis)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, '${CallStatus.placing}', ?12, ?13, ?14, ?15, ?16)`,
    )
    .run(
      callId,
      context.bootId,
      campaignId,
      target.leadId ?? null,
      line.agentId,
      line.agentVersion,
      line.phoneNumberId,
      trunk.id,
      from,
      to,
      attempt,
      now,
      rate,
      reserveMicros,
      target.facts ?? null,
      isAnalysed(agent) ? 1 : 0,
    );
  const { agentId, agentVersion } = line;
  readListener(context, now)?.tell("call.started", () =>
    callStarted({
      id: callId,
      campaignId,
      leadId: target.leadId ?? null,
      agentId,
      agentVersion,
      fromNumber: from,
      toNumber: to,
      attempt,
      placedAt: now,
    }),
  );
  return {
    callId,
    attempt,
    from,
    to,
    ringTimeoutMs: agent.callPolicy.ringTimeoutSeconds * SECOND,
    maxDurationMs: agent.callPolicy.maxDurationSeconds * SECOND,
    bot: { ...withPassword(context, line.agentId, planOf(line, target, callId, now)), ...context.botAccess?.(callId, line.agentId) },
    trunk: { id: trunk.id, driver: trunk.driver, options: trunk.options },
  };
}

/** An announcement has no bot that could report what was said, so nobody waits for what that came to. */
function isAnalysed({ postCallAnalysis, connection }: AgentSnapshot): boolean {
  return postCallAnalysis.enabled && connection.type !== "announcement";
}

/** The lead's variables win over what the call knows of itself, and that over the agent's defaults. */
function planOf(
  { agent, from }: CallLine,
  { to, attempt, variables, campaign, leadId, timezone }: CallTarget,
  callId: string,
  now: EpochMs,
): BotPlan {
  const builtIns = builtInsOf({ to, from, campaignName: campaign?.name, leadId, callId, attempt, timezone }, now);
  const values = { ...agent.variables, ...builtIns, ...variables };
  return {
    connection: connectionOf(agent, values),
    systemPrompt: renderTemplate(agent.systemPrompt, values),
    welcomeMessage: renderTemplate(agent.welcomeMessage, values),
    variables: { ...agent.variables, ...variables },
    call: { id: callId, leadId, from, to, attempt },
    line: lineOf(agent, values),
  };
}

/** It is the agent's and not the version's, so that a new one holds for every call from now on. */
function withPassword({ db }: ClaimContext, agentId: string, plan: BotPlan): BotPlan {
  const { connection } = plan;
  return connection.type === "sip" && connection.username !== undefined
    ? { ...plan, connection: { ...connection, password: readBotPassword(db, agentId) } }
    : plan;
}

/** What replaces a tag in an address is escaped, so that a lead's text stays the one part of it that it stands for. */
function connectionOf({ connection }: AgentSnapshot, values: Record<string, unknown>): BotPlan["connection"] {
  if (connection.type !== "stream" && connection.type !== "twiml") return connection;
  return { ...connection, url: renderTemplate(connection.url, values, (text) => encodeURIComponent(text.toWellFormed())) };
}

/** What a simulated bot hears is an echo of its own tone: no machine is looked for there. */
function lineOf({ connection, voicemail, callPolicy, recording }: AgentSnapshot, values: Record<string, unknown>): LinePlan {
  const { action, audio, message } = voicemail;
  return {
    voicemail: {
      detect: voicemail.detect && connection.type !== "simulated",
      action,
      audio: audio ?? undefined,
      message: renderTemplate(message, values),
    },
    silenceTimeoutMs: callPolicy.silenceTimeoutSeconds * SECOND,
    optOutKey: callPolicy.optOutKey ?? undefined,
    record: recording.enabled,
  };
}
