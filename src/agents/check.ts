// What an agent would say with holes in it: the variables of its templates, which of them nobody brings, and what in them
// does not do what its writer meant. With a campaign the answer is about its leads and the version it calls with.

import { builtInNames } from "../calls/call-variables.ts";
import { filterNames, problemsOf, type TemplateProblem, variablesOf } from "../calls/template.ts";
import { findCampaign } from "../campaigns/store.ts";
import type { Db } from "../database/open.ts";
import type { ErrorDetail } from "../errors.ts";
import { invalid, notFound } from "../errors.ts";
import { countLeadsWithout, MOST_LEADS_READ, MOST_VARIABLES_COUNTED, type VariableCount } from "../leads/missing-variables.ts";
import { didYouMean } from "../runtime/nearest.ts";
import { type AgentSnapshot, parseSnapshot } from "./draft.ts";
import { findAgentVersion } from "./store.ts";

/** A template of an agent, by the field that it stands in. */
interface Template {
  field: string;
  text: string;
}

/** Of what its calls use, in the order of the fields. */
function templatesOf({ systemPrompt, welcomeMessage, connection, voicemail }: AgentSnapshot): Template[] {
  return [
    { field: "systemPrompt", text: systemPrompt },
    { field: "welcomeMessage", text: welcomeMessage },
    ...(connection.type === "stream" || connection.type === "twiml" ? [{ field: "connection.url", text: connection.url }] : []),
    ...(voicemail.action === "message" ? [{ field: "voicemail.message", text: voicemail.message }] : []),
  ];
}

/** One variable of the templates. */
export interface UsedVariable {
  name: string;
  usedIn: string[];
  /** Every call has it of itself. */
  isBuiltIn: boolean;
  hasAgentDefault: boolean;
  /** Every tag of it has a `default`. */
  hasTagDefault: boolean;
  /** Null without a campaign, and for what leads need not bring. */
  leadsWithout: number | null;
}

/** `missing`: what can come out empty, with the leads for which it does; null when no campaign was asked about. */
export interface AgentCheck {
  agentId: string;
  /** Null: the draft. */
  agentVersion: number | null;
  campaignId: string | null;
  leads: number | null;
  variables: UsedVariable[];
  missing: { name: string; leads: number | null }[];
  warnings: ErrorDetail[];
}

/** Throws 404 for the campaign, and 400 when it calls with another agent. */
export async function checkAgent(db: Db, agent: { id: string; draft: string }, campaignId: string | undefined): Promise<AgentCheck> {
  const { agentVersion, snapshot } =
    campaignId === undefined ? { agentVersion: null, snapshot: parseSnapshot(agent.draft) } : pinned(db, agent.id, campaignId);
  const used = variablesIn(snapshot);
  const names = used.filter((variable) => !variable.isBuiltIn).map(({ name }) => name);
  const counted = names.slice(0, MOST_VARIABLES_COUNTED);
  const count = campaignId === undefined ? undefined : await countLeadsWithout(db, campaignId, counted);
  const variables = used.map((variable) => ({ ...variable, leadsWithout: count?.without[counted.indexOf(variable.name)] ?? null }));
  const missing = variables.filter(canBeEmpty).map(({ name, leadsWithout }) => ({ name, leads: leadsWithout }));
  return {
    agentId: agent.id,
    agentVersion,
    campaignId: campaignId ?? null,
    leads: count?.leads ?? null,
    variables,
    missing,
    warnings: [...problemsIn(snapshot), ...boundsPassed(names.length, count), ...missing.map((each) => wordsOf(each, variables, count))],
  };
}

function pinned(db: Db, agentId: string, campaignId: string): { agentVersion: number; snapshot: AgentSnapshot } {
  const campaign = findCampaign(db, campaignId);
  if (campaign === undefined) throw notFound("campaign", campaignId);
  if (campaign.agentId !== agentId)
    throw invalid("campaignId", `the campaign '${campaignId}' calls with the agent '${campaign.agentId}'; ask about that one`);
  const snapshot = findAgentVersion(db, agentId, campaign.agentVersion);
  if (snapshot === undefined) throw notFound("agent version", String(campaign.agentVersion));
  return { agentVersion: campaign.agentVersion, snapshot };
}

function variablesIn(snapshot: AgentSnapshot): UsedVariable[] {
  const found = new Map<string, UsedVariable>();
  for (const { field, text } of templatesOf(snapshot)) {
    for (const { name, hasDefault } of variablesOf(text)) {
      const known = found.get(name);
      found.set(name, {
        name,
        usedIn: [...(known?.usedIn ?? []), field],
        isBuiltIn: builtInNames.includes(name),
        hasAgentDefault: Object.hasOwn(snapshot.variables, name),
        hasTagDefault: hasDefault && (known?.hasTagDefault ?? true),
        leadsWithout: null,
      });
    }
  }
  return [...found.values()];
}

/** Without a campaign whatever depends on the leads can; with one, what some of its leads do not bring. */
function canBeEmpty({ isBuiltIn, hasAgentDefault, hasTagDefault, leadsWithout }: UsedVariable): boolean {
  return !isBuiltIn && !hasAgentDefault && !hasTagDefault && leadsWithout !== 0;
}

function wordsOf(
  { name, leads }: { name: string; leads: number | null },
  variables: readonly UsedVariable[],
  count: VariableCount | undefined,
): ErrorDetail {
  const path = variables.find((variable) => variable.name === name)?.usedIn[0] ?? "";
  const who = leads === null ? "unless the lead brings it" : `for ${leads} of ${count?.leads ?? 0} leads`;
  return { path, message: `{{${name}}} is empty ${who}; give the agent a default for it, or write {{${name}|default:"…"}}` };
}

function problemsIn(snapshot: AgentSnapshot): ErrorDetail[] {
  return templatesOf(snapshot).flatMap(({ field, text }) =>
    problemsOf(text).map((problem) => ({ path: field, message: describe(problem) })),
  );
}

function describe({ tag, unknownFilter }: TemplateProblem): string {
  if (unknownFilter === undefined)
    return `'${tag}' is no tag that can be read, and is left as it stands; a tag is like {{name}} or {{name|default:"…"}}`;
  return `'${tag}' has the filter '${unknownFilter}', which there is not and which changes nothing; the filters are ${filterNames.join(", ")}.${didYouMean(unknownFilter, filterNames)}`;
}

function boundsPassed(names: number, count: VariableCount | undefined): ErrorDetail[] {
  if (count === undefined) return [];
  const tooMany =
    names > MOST_VARIABLES_COUNTED
      ? [{ path: "", message: `the templates have ${names} variables; leads were counted for the first ${MOST_VARIABLES_COUNTED}` }]
      : [];
  const tooLong =
    count.leads >= MOST_LEADS_READ
      ? [{ path: "", message: `the campaign has more leads than ${MOST_LEADS_READ}; those were counted` }]
      : [];
  return [...tooMany, ...tooLong];
}
