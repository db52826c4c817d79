// What an agent is made of: the defaults, how a change merges into the draft, and what no schema can say about the result.
// Used by the service; a version is a draft that was published.

import { changeConnection, type Connection, type ConnectionChange, type Problem } from "./connection.ts";

/** Seconds; `silenceTimeoutSeconds` 0 never ends a call for silence. */
interface CallPolicy {
  ringTimeoutSeconds: number;
  maxDurationSeconds: number;
  silenceTimeoutSeconds: number;
  /** The key that puts the person's number on the do-not-call list; null for none. */
  optOutKey: string | null;
}

/** `message` speaks after the beep, `continue` leaves it to the bot. */
export const voicemailActions = ["hangup", "continue", "message"] as const;

/** What happens when a machine answers; for the action message `audio` is left on it, or the bot says `message`. */
interface Voicemail {
  detect: boolean;
  action: (typeof voicemailActions)[number];
  message: string;
  /** A recording of the agent. */
  audio: string | null;
}

/** What a value that is read from a conversation may be. */
export const analysisTypes = ["string", "number", "boolean", "enum"] as const;

/** One value that the analysis of a call looks for. `enumValues` belongs to the type enum alone. */
export interface AnalysisField {
  name: string;
  type: (typeof analysisTypes)[number];
  description?: string;
  required?: boolean;
  enumValues?: string[];
}

/** What is read from a conversation once it is over. */
export interface PostCallAnalysis {
  enabled: boolean;
  schema: AnalysisField[];
  summaryPrompt: string;
  enableSummary: boolean;
  enableSentiment: boolean;
  enableSuccessEvaluation: boolean;
  successCriteria: string;
  analyzerModel: string;
}

/** Values by name; in a template they read as text. */
type AgentVariables = Record<string, string | number | boolean>;

/** What an agent is at one moment: its draft now, or a version for ever. */
export interface AgentSnapshot {
  name: string;
  systemPrompt: string;
  welcomeMessage: string;
  /** Values for the templates where the lead brings none. */
  variables: AgentVariables;
  connection: Connection;
  callPolicy: CallPolicy;
  voicemail: Voicemail;
  postCallAnalysis: PostCallAnalysis;
  recording: { enabled: boolean };
  ratePerMinute: number;
}

/** Some fields of an agent, as a request says them; null removes a variable. */
export interface AgentChange {
  name?: string;
  systemPrompt?: string;
  welcomeMessage?: string;
  variables?: Record<string, AgentVariables[string] | null>;
  connection?: ConnectionChange;
  callPolicy?: Partial<CallPolicy>;
  voicemail?: Partial<Voicemail>;
  postCallAnalysis?: Partial<PostCallAnalysis>;
  recording?: Partial<AgentSnapshot["recording"]>;
  ratePerMinute?: number;
}

/** An agent of which nothing was said but its name. */
export const agentDefaults: AgentSnapshot = {
  name: "",
  systemPrompt: "",
  welcomeMessage: "",
  variables: {},
  connection: { type: "simulated" },
  callPolicy: { ringTimeoutSeconds: 45, maxDurationSeconds: 600, silenceTimeoutSeconds: 30, optOutKey: null },
  voicemail: { detect: true, action: "hangup", message: "", audio: null },
  postCallAnalysis: {
    enabled: false,
    schema: [],
    summaryPrompt: "",
    enableSummary: true,
    enableSentiment: true,
    enableSuccessEvaluation: false,
    successCriteria: "",
    analyzerModel: "",
  },
  recording: { enabled: false },
  ratePerMinute: 0,
};

/** Objects merge field by field, lists are replaced. `problems` is empty when `draft` may be stored. */
export function changeDraft(current: AgentSnapshot, change: AgentChange): { draft: AgentSnapshot; problems: Problem[] } {
  const { connection, problems } = changeConnection(current.connection, change.connection ?? {});
  const draft: AgentSnapshot = {
    ...current,
    ...change,
    variables: mergeVariables(current.variables, change.variables ?? {}),
    connection,
    callPolicy: { ...current.callPolicy, ...change.callPolicy },
    voicemail: { ...current.voicemail, ...change.voicemail },
    postCallAnalysis: { ...current.postCallAnalysis, ...change.postCallAnalysis },
    recording: { ...current.recording, ...change.recording },
  };
  return { draft, problems: [...problems, ...variableProblems(draft), ...voicemailProblems(draft), ...analysisProblems(draft)] };
}

/** A stored draft or snapshot; fields that its time did not know have their defaults. */
export function parseSnapshot(text: string): AgentSnapshot {
  return changeDraft(agentDefaults, JSON.parse(text) as AgentSnapshot).draft;
}

function mergeVariables(current: AgentVariables, change: NonNullable<AgentChange["variables"]>): AgentVariables {
  const kept = Object.entries({ ...current, ...change }).flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
  return Object.fromEntries(kept);
}

const MOST_VARIABLES = 200;
/** The same names as a lead's variables may have; marks belong to the letters of many scripts. */
const VARIABLE_NAME = /^(?=.{1,64}$)[\p{L}\p{M}\p{N}_.-]+( [\p{L}\p{M}\p{N}_.-]+)*$/u;

function variableProblems({ variables }: AgentSnapshot): Problem[] {
  const names = Object.keys(variables);
  if (names.length > MOST_VARIABLES)
    return [{ path: "variables", message: `has ${names.length} names; it must have ${MOST_VARIABLES} at most` }];
  return names
    .filter((name) => !VARIABLE_NAME.test(name))
    .map((name) => ({
      path: `variables.${name}`,
      message: "is not a name; it must be 1 to 64 letters, digits, _ - . and single inner spaces",
    }));
}

function voicemailProblems({ voicemail }: AgentSnapshot): Problem[] {
  if (voicemail.action !== "message" || voicemail.message.trim() !== "" || voicemail.audio !== null) return [];
  return [
    {
      path: "voicemail.message",
      message: "is empty; when the action is message it must say what is left on the machine, or audio must name a recording of the agent",
    },
  ];
}

function analysisProblems({ postCallAnalysis: { schema } }: AgentSnapshot): Problem[] {
  return schema.flatMap((field, index) => {
    const path = `postCallAnalysis.schema.${index}`;
    const isRepeated = schema.findIndex((other) => other.name === field.name) < index;
    const repeated = isRepeated
      ? [{ path: `${path}.name`, message: `is '${field.name}' a second time; each name must be there once` }]
      : [];
    const hasValues = (field.enumValues ?? []).length > 0;
    if (hasValues === (field.type === "enum")) return repeated;
    const message = hasValues
      ? `is for the type enum; this one's type is ${field.type}`
      : "is missing; it must list the values of the enum";
    return [...repeated, { path: `${path}.enumValues`, message }];
  });
}
