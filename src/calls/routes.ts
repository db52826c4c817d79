// /api/calls: every attempt that was made, single calls, and what can be done to a call in progress.

import { Elysia } from "elysia";
import type { Static } from "typebox";
import { document } from "../http/document.ts";
import { readInstant } from "../http/instants.ts";
import { listOf, readPage, toList } from "../http/lists.ts";
import { body, query } from "../http/schema.ts";
import { CallJson, CallQuery, CallWithTranscriptJson, OutboundCall, OutcomeReport, toCallJson, TransferRequest } from "./model.ts";
import { reportedTranscript } from "./outcome/report-store.ts";
import { type CallDependencies, endCall, getCall, placeCall, readNumber, reportOutcome, transferCall } from "./service.ts";
import { type CallFilter, type CallRow, countCalls, listCalls, MOST_COUNTED } from "./store.ts";

const tag = "Calls";

/** The routes of calls. */
export function callRoutes(deps: CallDependencies) {
  const { db } = deps;
  const show = (row: CallRow) => ({ ...toCallJson(row), transcript: reportedTranscript(db, row.id) });
  return new Elysia({ prefix: "/api/calls" })
    .get(
      "/",
      ({ query }) => {
        const page = readPage(query);
        const filter = readFilter(query);
        return toList("calls", listCalls(db, filter, page).map(toCallJson), countCalls(db, filter), page);
      },
      {
        query: query(CallQuery),
        ...document({
          summary: "List calls, newest first",
          description: `from (inclusive) and to (exclusive) bound placedAt. With leadId, phoneNumber, from or to, total is counted up to ${MOST_COUNTED} and means that many or more; otherwise it is exact.`,
          tag,
          answers: { 200: listOf("calls", CallJson) },
        }),
      },
    )
    .post(
      "/outbound",
      async ({ body, set }) => {
        const row = await placeCall(deps, body);
        set.status = 201;
        return show(row);
      },
      {
        body: body(OutboundCall),
        ...document({
          summary: "Place one call, now",
          operationId: "placeCall",
          description:
            "Outside any campaign and its window, but under the same do-not-call list, caps, rates and credits. It is not tried again.",
          tag,
          answers: { 201: CallWithTranscriptJson },
          refusals: ["insufficient_credits", "not_found", "dnc_blocked", "wrong_state", "rate_limited", "sip_failure", "bot_unreachable"],
        }),
      },
    )
    .get(
      "/:id",
      ({ params }) => show(getCall(db, params.id)),
      document({ summary: "One call", tag, answers: { 200: CallWithTranscriptJson }, refusals: ["not_found"] }),
    )
    .use(verbRoutes(deps, show));
}

function verbRoutes(deps: CallDependencies, show: (row: CallRow) => ReturnType<typeof toCallJson>) {
  return new Elysia({ prefix: "/:id" })
    .post(
      "/end",
      ({ params }) => show(endCall(deps, params.id)),
      document({
        summary: "End a call in progress",
        description: "The answer shows the call as it stands; its end follows.",
        tag,
        answers: { 200: CallWithTranscriptJson },
        refusals: ["not_found", "wrong_state"],
      }),
    )
    .post("/transfer", ({ params, body }) => show(transferCall(deps, params.id, body.destination)), {
      body: body(TransferRequest),
      ...document({
        summary: "Hand the person of an answered call over",
        description:
          "To a number through the call's own trunk, or to a SIP address. The answer shows the call as it stands, with transferredTo while the other end is called. Until that answers, the conversation with the bot goes on, and it goes on when that does not answer: transferredTo is null again then. Once it answers the bot is let go, and the call ends with the reason transferred when either hangs up.",
        tag,
        answers: { 200: CallWithTranscriptJson },
        refusals: ["not_found", "wrong_state", "dnc_blocked", "rate_limited"],
      }),
    })
    .post("/outcome", ({ params, body }) => show(reportOutcome(deps, params.id, body)), {
      body: body(OutcomeReport),
      ...document({
        summary: "Report what a conversation came to, once",
        operationId: "reportCallOutcome",
        description:
          "With a key, or with the one-time token that the call's bot was given, which opens this route for this call alone. The same report again gets the answer of the first, another one is refused. Before the call's end the analysis waits and decides the disposition at the end; after it, the call and the lead that it completed are changed. campaign.lead_completed is sent once, with what was known when the lead became final.",
        tag,
        answers: { 200: CallWithTranscriptJson },
        refusals: ["not_found", "already_exists", "body_too_large"],
      }),
    });
}

function readFilter({ campaignId, leadId, phoneNumber, status, ending, from, to }: Static<typeof CallQuery>): CallFilter {
  return {
    campaignId,
    leadId,
    phoneNumber: phoneNumber === undefined ? undefined : readNumber("phoneNumber", withPlus(phoneNumber)),
    status,
    ending,
    from: from === undefined ? undefined : readInstant("from", from),
    to: to === undefined ? undefined : readInstant("to", to),
  };
}

/** In a query string a bare + reads as a blank. */
function withPlus(text: string): string {
  return text.startsWith(" ") ? `+${text.slice(1)}` : text;
}
