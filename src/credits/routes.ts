// /api/billing: the operator's own spending guard. Off until a budget is set.

import { Elysia } from "elysia";
import { document } from "../http/document.ts";
import { listOf, readPage, toList } from "../http/lists.ts";
import { body, query } from "../http/schema.ts";
import {
  BalanceJson,
  BudgetFields,
  EntryJson,
  LedgerQuery,
  RateList,
  RateListJson,
  readAmount,
  readRates,
  toBalanceJson,
  toEntryJson,
  toRateListJson,
  TopUpFields,
} from "./model.ts";
import { type CreditDependencies, setBudget, setRates, topUp } from "./service.ts";
import { countEntries, listEntries, listRates, readAccount, readSpent } from "./store.ts";

const tag = "Billing";

/** The routes of credits. Everyone may look, an admin changes. */
export function billingRoutes(deps: CreditDependencies) {
  const { db } = deps;
  const showBalance = () => toBalanceJson(readAccount(db), readSpent(db));
  return new Elysia({ prefix: "/api/billing" })
    .get("/balance", showBalance, document({ summary: "What may still be spent", tag, answers: { 200: BalanceJson } }))
    .get(
      "/ledger",
      ({ query }) => {
        const page = readPage(query);
        const { kind, campaignId, callId } = query;
        const filter = { kind, campaignId, callId };
        return toList("entries", listEntries(db, filter, page).map(toEntryJson), countEntries(db, filter), page);
      },
      {
        query: query(LedgerQuery),
        ...document({
          summary: "Every change of the balance, newest first",
          description:
            "A call sets the cost of the longest call aside before it is placed, and gives it back when it is over, when it is charged what it cost. The balance is the sum of all entries.",
          tag,
          answers: { 200: listOf("entries", EntryJson) },
        }),
      },
    )
    .post(
      "/top-up",
      ({ body, set }) => {
        set.status = 201;
        return toEntryJson(topUp(deps, readAmount("amount", body.amount), body.note ?? null));
      },
      {
        body: body(TopUpFields),
        ...document({
          summary: "Add to the balance",
          operationId: "topUp",
          description: "The first one sets a budget. Campaigns that were paused for want of credit go on.",
          tag,
          answers: { 201: EntryJson },
        }),
      },
    )
    .put(
      "/budget",
      ({ body }) => {
        setBudget(deps, body.amount === null ? undefined : readAmount("amount", body.amount), body.note ?? null);
        return showBalance();
      },
      {
        body: body(BudgetFields),
        ...document({
          summary: "Set what may be spent from now on, or take the limit away",
          description: "What is set aside for calls in progress is no part of it.",
          tag,
          answers: { 200: BalanceJson },
        }),
      },
    )
    .use(rateRoutes(deps));
}

function rateRoutes(deps: CreditDependencies) {
  const showRates = () => toRateListJson(listRates(deps.db));
  return new Elysia().get("/rates", showRates, document({ summary: "The price list, by prefix", tag, answers: { 200: RateListJson } })).put(
    "/rates",
    ({ body }) => {
      setRates(deps, readRates(body));
      return showRates();
    },
    {
      body: body(RateList),
      ...document({
        summary: "Replace the price list",
        description:
          "The longest prefix that a number begins with counts. An empty list makes every call free, but for the agent's own ratePerMinute. Calls in progress keep the prices that they were placed at.",
        tag,
        answers: { 200: RateListJson },
      }),
    },
  );
}
