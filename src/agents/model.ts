// Agents on the wire: what a request may hold, what an answer looks like, and the way from rows to it.

import { type Static, Type } from "typebox";
import type { agents, agentVersions } from "../database/tables.ts";
import { exampleId, idOf } from "../http/identifiers.ts";
import { credential, Tls } from "../trunks/sip-fields.ts";
import { botMediaPaths, botTransports, connectionTypes } from "./connection.ts";
import { agentDefaults, analysisTypes, parseSnapshot, voicemailActions } from "./draft.ts";

/** `draft` is an AgentSnapshot as JSON; `name` repeats the one in it. */
export type AgentRow = typeof agents.$inferSelect;
/** `snapshot` is an AgentSnapshot as JSON. */
export type AgentVersionRow = typeof agentVersions.$inferSelect;

const LONGEST_PROMPT = 100_000;
const LONGEST_TEXT = 4_000;
const LONGEST_TALK_MS = 3_600_000;

const closed = { additionalProperties: false } as const;
const { callPolicy, voicemail, postCallAnalysis } = agentDefaults;

const wholeNumber = (minimum: number, maximum: number, byDefault: number) =>
  Type.Optional(
    Type.Integer({ minimum, maximum, default: byDefault, errorMessage: `must be a whole number from ${minimum} to ${maximum}` }),
  );
const textUpTo = (maxLength: number, byDefault: string) =>
  Type.Optional(Type.String({ maxLength, default: byDefault, errorMessage: `must be a text of ${maxLength} characters at most` }));
const flag = (byDefault: boolean) => Type.Optional(Type.Boolean({ default: byDefault, errorMessage: "must be true or false" }));
const name = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: "\\S",
  examples: ["Anita"],
  errorMessage: "must be a text of 1 to 200 characters",
});

const KeyActionJson = Type.Union(
  [
    Type.Literal("opt_out"),
    Type.Object({ outcome: Type.Record(Type.String(), Type.Unknown()) }, closed),
    Type.Object(
      { transfer: Type.String({ pattern: "^\\+[1-9]\\d{6,14}$", errorMessage: "must be a number in E.164 form, such as +14155550100" }) },
      closed,
    ),
  ],
  { errorMessage: 'must be "opt_out", { "outcome": { … } } or { "transfer": "+…" }' },
);

const connectionFields = {
  type: Type.Optional(Type.Enum([...connectionTypes], { default: "simulated" })),
  talkMs: Type.Optional(
    Type.Union([Type.Integer({ minimum: 0, maximum: LONGEST_TALK_MS }), Type.Null()], {
      description: "simulated: how long a conversation takes in real time; without it the trunk's own talkMs",
      errorMessage: `must be a whole number from 0 to ${LONGEST_TALK_MS}, or null`,
    }),
  ),
  url: Type.Optional(Type.String({ maxLength: 2_000, description: "stream: ws:// or wss://; twiml: http:// or https://" })),
  uri: Type.Optional(Type.String({ maxLength: 500, description: "sip: the bot's address" })),
  transport: Type.Optional(
    Type.Union([Type.Enum([...botTransports]), Type.Null()], {
      description: "sip",
      errorMessage: `must be one of ${botTransports.join(", ")}, or null`,
    }),
  ),
  media: Type.Optional(
    Type.Union([Type.Enum([...botMediaPaths]), Type.Null()], {
      description: "sip: where the audio flows",
      errorMessage: `must be one of ${botMediaPaths.join(", ")}, or null`,
    }),
  ),
  username: credential({ description: "sip: for digest authentication" }),
  tls: Type.Optional(
    Type.Union([Tls, Type.Null()], {
      description: "sip: for the transport tls; replaced as a whole",
      errorMessage: "must be an object with verify, ca and serverName, or null",
    }),
  ),
  command: Type.Optional(Type.String({ maxLength: 1_000, description: "process: the program to run for each call" })),
  args: Type.Optional(
    Type.Union([Type.Array(Type.String({ maxLength: 1_000 }), { maxItems: 50 }), Type.Null()], {
      description: "process",
      errorMessage: "must be a list of 50 texts at most, or null",
    }),
  ),
  audio: Type.Optional(
    Type.String({ maxLength: 100, description: "announcement: a recording of the agent", examples: [exampleId("aud")] }),
  ),
  keys: Type.Optional(
    Type.Union([Type.Record(Type.String(), KeyActionJson, { maxProperties: 12 }), Type.Null()], {
      description: "announcement: what a pressed key does",
      examples: [{ "1": { outcome: { success: true } }, "9": "opt_out" }],
      errorMessage: 'must be an object of keys (0 to 9, *, #), each with "opt_out", { "outcome": { … } } or { "transfer": "+…" }, or null',
    }),
  ),
  waitSeconds: Type.Optional(
    Type.Union([Type.Integer({ minimum: 0, maximum: 60, default: 8 }), Type.Null()], {
      description: "announcement: how long a key is waited for after the recording",
      errorMessage: "must be a whole number from 0 to 60, or null",
    }),
  ),
  repeats: Type.Optional(
    Type.Union([Type.Integer({ minimum: 1, maximum: 5, default: 1 }), Type.Null()], {
      description: "announcement: how often it is played while no key is pressed",
      errorMessage: "must be a whole number from 1 to 5, or null",
    }),
  ),
};

const ConnectionFields = Type.Object(
  {
    ...connectionFields,
    password: credential({ writeOnly: true, description: "sip: of the agent, whatever the version; it is never shown" }),
  },
  {
    ...closed,
    title: "AgentConnection",
    description:
      "how the bot is reached; the fields are those of the type, and a request with another type than the present one starts afresh",
    examples: [{ type: "simulated" }],
  },
);
const ConnectionShown = Type.Object(
  {
    ...connectionFields,
    hasPassword: Type.Optional(
      Type.Boolean({ description: "sip with a username: whether the agent has a password; no part of a version" }),
    ),
  },
  { ...closed, title: "AgentConnectionShown", description: "how the bot is reached", examples: [{ type: "simulated" }] },
);

const AnalysisFieldJson = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 64, errorMessage: "must be a text of 1 to 64 characters" }),
    type: Type.Enum([...analysisTypes]),
    description: textUpTo(LONGEST_TEXT, ""),
    required: flag(false),
    enumValues: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
        maxItems: 100,
        uniqueItems: true,
        errorMessage: "must be a list of 100 different texts at most",
      }),
    ),
  },
  {
    ...closed,
    title: "AnalysisField",
    examples: [{ name: "lead_qualified", type: "boolean", description: "whether the person wants an offer", required: true }],
  },
);

const optionalFields = {
  systemPrompt: textUpTo(LONGEST_PROMPT, ""),
  welcomeMessage: textUpTo(LONGEST_TEXT, ""),
  variables: Type.Optional(
    Type.Record(
      Type.String(),
      Type.Union([Type.String({ maxLength: LONGEST_TEXT }), Type.Number(), Type.Boolean(), Type.Null()], {
        errorMessage: `must be a text of ${LONGEST_TEXT} characters at most, a number, true or false, or null to remove it`,
      }),
      { description: "values for the templates where the lead brings none", examples: [{ company: "Outdial" }] },
    ),
  ),
  connection: Type.Optional(ConnectionFields),
  callPolicy: Type.Optional(
    Type.Object(
      {
        ringTimeoutSeconds: wholeNumber(5, 120, callPolicy.ringTimeoutSeconds),
        maxDurationSeconds: wholeNumber(5, 14_400, callPolicy.maxDurationSeconds),
        silenceTimeoutSeconds: wholeNumber(0, 600, callPolicy.silenceTimeoutSeconds),
        optOutKey: Type.Optional(
          Type.Union([Type.String({ pattern: "^[0-9*#]$" }), Type.Null()], {
            default: null,
            description: "the key that puts the person's number on the do-not-call list",
            errorMessage: "must be one of 0 to 9, * and #, or null",
          }),
        ),
      },
      { ...closed, title: "CallPolicy" },
    ),
  ),
  voicemail: Type.Optional(
    Type.Object(
      {
        detect: flag(voicemail.detect),
        action: Type.Optional(Type.Enum([...voicemailActions], { default: voicemail.action })),
        message: textUpTo(LONGEST_TEXT, voicemail.message),
        audio: Type.Optional(
          Type.Union([Type.String({ maxLength: 100 }), Type.Null()], {
            default: null,
            description: "a recording of the agent, left after the beep when the action is message",
            errorMessage: "must be the id of a recording, or null",
          }),
        ),
      },
      { ...closed, title: "VoicemailPolicy" },
    ),
  ),
  postCallAnalysis: Type.Optional(
    Type.Object(
      {
        enabled: flag(postCallAnalysis.enabled),
        schema: Type.Optional(Type.Array(AnalysisFieldJson, { maxItems: 50, errorMessage: "must be a list of 50 fields at most" })),
        summaryPrompt: textUpTo(LONGEST_TEXT, ""),
        enableSummary: flag(postCallAnalysis.enableSummary),
        enableSentiment: flag(postCallAnalysis.enableSentiment),
        enableSuccessEvaluation: flag(postCallAnalysis.enableSuccessEvaluation),
        successCriteria: textUpTo(LONGEST_TEXT, ""),
        analyzerModel: textUpTo(200, ""),
      },
      { ...closed, title: "PostCallAnalysis" },
    ),
  ),
  recording: Type.Optional(Type.Object({ enabled: flag(false) }, { ...closed, title: "RecordingPolicy" })),
  ratePerMinute: Type.Optional(
    Type.Number({ minimum: 0, maximum: 1_000_000, default: 0, errorMessage: "must be a number from 0 to 1000000" }),
  ),
};

/** The body of a creation. */
export const AgentFields = Type.Object({ name, ...optionalFields }, { ...closed, title: "NewAgent" });
/** The body of a change: objects merge field by field, lists are replaced. */
export const AgentChangeFields = Type.Object({ name: Type.Optional(name), ...optionalFields }, { ...closed, title: "AgentChange" });

const nullableText = (maxLength: number, example: string) =>
  Type.Optional(
    Type.Union([Type.String({ maxLength }), Type.Null()], {
      examples: [example],
      errorMessage: `must be a text of ${maxLength} characters at most, or null`,
    }),
  );

/** The body of a publication. */
export const VersionWords = Type.Object(
  { label: nullableText(200, "May campaign"), notes: nullableText(LONGEST_TEXT, "a warmer welcome") },
  { ...closed, title: "NewAgentVersion" },
);
/** What a publication may say of itself. */
export type VersionWords = Static<typeof VersionWords>;

const snapshotFields = {
  name,
  ...Type.Required(Type.Object({ ...optionalFields, connection: Type.Optional(ConnectionShown) })).properties,
};

/** An agent: its draft, and which version is current. */
export const AgentJson = Type.Object(
  {
    id: idOf("agent"),
    ...snapshotFields,
    currentVersion: Type.Integer({ description: "the version that a new campaign takes", examples: [1] }),
    createdAt: Type.String({ format: "date-time" }),
    updatedAt: Type.String({ format: "date-time" }),
  },
  { title: "Agent" },
);

/** A version; never changes. */
export const AgentVersionJson = Type.Object(
  {
    id: idOf("ver"),
    version: Type.Integer({ examples: [1] }),
    label: Type.Union([Type.String(), Type.Null()]),
    notes: Type.Union([Type.String(), Type.Null()]),
    snapshot: Type.Object(snapshotFields, { title: "AgentSnapshot", description: "the draft as it was" }),
    createdAt: Type.String({ format: "date-time" }),
  },
  { title: "AgentVersion" },
);

/** Which campaign a check is about. */
export const AgentCheckQuery = Type.Object(
  { campaignId: Type.Optional(Type.String({ maxLength: 100, examples: [exampleId("cmp")] })) },
  closed,
);

const variableName = Type.String({ examples: ["first_name"] });
const countOrNull = (description: string) => Type.Union([Type.Integer({ examples: [12] }), Type.Null()], { description });

/** What in an agent's templates would come out empty or wrong. */
export const AgentCheckJson = Type.Object(
  {
    agentId: idOf("agent"),
    agentVersion: countOrNull("the version that the campaign calls with; null: the draft"),
    campaignId: Type.Union([Type.String({ examples: [exampleId("cmp")] }), Type.Null()]),
    leads: countOrNull("the campaign's leads that were counted"),
    variables: Type.Array(
      Type.Object({
        name: variableName,
        usedIn: Type.Array(Type.String({ examples: ["systemPrompt"] })),
        isBuiltIn: Type.Boolean({ description: "every call has it of itself" }),
        hasAgentDefault: Type.Boolean(),
        hasTagDefault: Type.Boolean({ description: "every tag of it has a default" }),
        leadsWithout: countOrNull("the campaign's leads that bring no value; null without a campaign and for built-in ones"),
      }),
    ),
    missing: Type.Array(Type.Object({ name: variableName, leads: countOrNull("for how many it is empty; null without a campaign") }), {
      description: "what can come out empty",
    }),
    warnings: Type.Array(
      Type.Object({
        path: Type.String({ description: "the template, or empty", examples: ["systemPrompt"] }),
        message: Type.String({ examples: ["{{first_name}} is empty for 12 of 500 leads"] }),
      }),
    ),
  },
  { title: "AgentCheck" },
);

/** The draft, with defaults for what it was written without; `hasPassword`: whether one is kept for the agent's bot. */
export function toAgentJson(row: AgentRow, hasPassword: boolean) {
  const draft = parseSnapshot(row.draft);
  const { connection } = draft;
  return {
    id: row.id,
    ...draft,
    connection: connection.type === "sip" && connection.username !== undefined ? { ...connection, hasPassword } : connection,
    currentVersion: row.currentVersion,
    createdAt: new Date(row.createdAt).toISOString(),
    updatedAt: new Date(row.updatedAt).toISOString(),
  };
}

/** The snapshot, with defaults for what it was written without. */
export function toAgentVersionJson(row: AgentVersionRow) {
  const { id, version, label, notes } = row;
  return { id, version, label, notes, snapshot: parseSnapshot(row.snapshot), createdAt: new Date(row.createdAt).toISOString() };
}
