// /api/agents/{id}/test and /credentials: whether the agent's bot is there, and what a bot written for Twilio is configured
// with, so that it knows our requests and may end or hand over its calls. The latter admins alone see.

import { Elysia } from "elysia";
import { Type } from "typebox";
import type { Db } from "../database/open.ts";
import { transact } from "../database/transaction.ts";
import { document } from "../http/document.ts";
import { addBotRotation } from "../settings/bot-rotations.ts";
import type { Connection } from "./connection.ts";
import { parseSnapshot } from "./draft.ts";
import { getAgent } from "./service.ts";

const tag = "Agents";

const CredentialsJson = Type.Object(
  {
    accountSid: Type.String({
      description: "in the place of Twilio's account SID; never changes",
      examples: ["AC0f1e2d3c4b5a69788796a5b4c3d2e1f0"],
    }),
    authToken: Type.String({
      description: "in the place of Twilio's auth token: signs our requests to the bot, and is the password of the bot's to us",
      examples: ["00112233445566778899aabbccddeeff"],
    }),
    apiBaseUrl: Type.String({ description: "in the place of https://api.twilio.com", examples: ["https://dialer.example.com"] }),
  },
  { title: "BotCredentials" },
);

const BotTestJson = Type.Object(
  {
    ok: Type.Boolean({ examples: [false] }),
    message: Type.String({ description: "for people", examples: ["bot.example.com cannot be connected to: ECONNREFUSED"] }),
  },
  { title: "BotTest" },
);

export interface AgentBotDependencies {
  db: Db;
  accountOf: (agentId: string) => { accountSid: string; authToken: string };
  /** The base at which bots reach us. */
  apiUrl: () => string;
  /** Why a bot with this connection cannot be reached, as a sentence; undefined when it can. */
  testBot: (bot: { agentId: string; connection: Connection }) => Promise<string | undefined>;
}

/** Asking for the draft's bot; reading and changing the credentials. */
export function agentBotRoutes(deps: AgentBotDependencies) {
  return new Elysia({ prefix: "/api/agents" })
    .post(
      "/:id/test",
      async ({ params }) => {
        const { id, draft } = getAgent(deps.db, params.id);
        const problem = await deps.testBot({ agentId: id, connection: parseSnapshot(draft).connection });
        return { ok: problem === undefined, message: problem ?? "the bot can be reached" };
      },
      document({
        summary: "Whether the bot of the draft can be reached now",
        operationId: "testBot",
        description: "Nothing is said to it: its host is connected to, its program or recording looked for.",
        tag,
        answers: { 200: BotTestJson },
        refusals: ["not_found"],
      }),
    )
    .use(credentialRoutes(deps));
}

function credentialRoutes({ db, accountOf, apiUrl }: AgentBotDependencies) {
  const show = (id: string) => ({ ...accountOf(id), apiBaseUrl: apiUrl() });
  const words = { tag, answers: { 200: CredentialsJson }, refusals: ["not_found"] as const };
  return new Elysia({ prefix: "/:id/credentials" })
    .get(
      "/",
      ({ params }) => show(getAgent(db, params.id).id),
      document({
        ...words,
        summary: "What the agent's bot is configured with in the place of a Twilio account",
        operationId: "getBotCredentials",
      }),
    )
    .post(
      "/rotate",
      ({ params }) =>
        transact(db, () => {
          const { id } = getAgent(db, params.id);
          addBotRotation(db, id);
          return show(id);
        }),
      document({
        ...words,
        summary: "Change the auth token of the agent's bot",
        operationId: "rotateBotCredentials",
        description: "The old one is refused from now on; calls in progress go on signing with it.",
      }),
    );
}
