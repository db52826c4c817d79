// /api/agents/{id}/credentials: what a bot written for Twilio is configured with, so that it knows our requests and may end
// or hand over its calls. Admins alone see it.

import { Elysia } from "elysia";
import { Type } from "typebox";
import type { Db } from "../database/open.ts";
import { transact } from "../database/transaction.ts";
import { document } from "../http/document.ts";
import { addBotRotation } from "../settings/bot-rotations.ts";
import { getAgent } from "./service.ts";

const CredentialsJson = Type.Object(
  {
    accountSid: Type.String({ description: "in the place of Twilio's account SID; never changes", examples: ["AC0f1e2d3c4b5a69788796a5b4c3d2e1f0"] }),
    authToken: Type.String({ description: "in the place of Twilio's auth token: signs our requests to the bot, and is the password of the bot's to us", examples: ["00112233445566778899aabbccddeeff"] }),
    apiBaseUrl: Type.String({ description: "in the place of https://api.twilio.com", examples: ["https://dialer.example.com"] }),
  },
  { title: "BotCredentials" },
);

export interface CredentialDependencies {
  db: Db;
  accountOf: (agentId: string) => { accountSid: string; authToken: string };
  /** The base at which bots reach us. */
  apiUrl: () => string;
}

/** Reading and changing them. */
export function credentialRoutes({ db, accountOf, apiUrl }: CredentialDependencies) {
  const show = (id: string) => ({ ...accountOf(id), apiBaseUrl: apiUrl() });
  const words = { tag: "Agents", answers: { 200: CredentialsJson }, refusals: ["not_found"] as const };
  return new Elysia({ prefix: "/api/agents/:id/credentials" })
    .get("/", ({ params }) => show(getAgent(db, params.id).id), document({ ...words, summary: "What the agent's bot is configured with in the place of a Twilio account", operationId: "getBotCredentials" }))
    .post(
      "/rotate",
      ({ params }) =>
        transact(db, () => {
          const { id } = getAgent(db, params.id);
          addBotRotation(db, id);
          return show(id);
        }),
      document({ ...words, summary: "Change the auth token of the agent's bot", operationId: "rotateBotCredentials", description: "The old one is refused from now on; calls in progress go on signing with it." }),
    );
}
