// /api/phone-numbers: the numbers that calls come from.

import { Elysia } from "elysia";
import { Type } from "typebox";
import type { Db } from "../database/open.ts";
import { transact } from "../database/transaction.ts";
import { AppError, invalid, notFound, stillReferenced } from "../errors.ts";
import { document } from "../http/document.ts";
import { listOf, pagingFields, readPage, toList } from "../http/lists.ts";
import { body, query } from "../http/schema.ts";
import { parsePhoneNumber } from "../leads/phone-number.ts";
import type { Clock } from "../runtime/clock.ts";
import type { NewId } from "../runtime/ids.ts";
import { findTrunk } from "../trunks/store.ts";
import { PhoneNumberChange, PhoneNumberFields, PhoneNumberJson, type PhoneNumberRow, toPhoneNumberJson } from "./model.ts";
import {
  campaignsOfNumber,
  countNumbers,
  deleteNumber,
  findNumber,
  findNumberByText,
  insertNumber,
  listNumbers,
  updateNumber,
} from "./store.ts";

interface PhoneNumberDependencies {
  db: Db;
  clock: Pick<Clock, "now">;
  newId: NewId;
}

const tag = "Phone numbers";
const paging = query(Type.Object(pagingFields, { additionalProperties: false }));

/** The routes of phone numbers, with their few rules. */
export function phoneNumberRoutes(deps: PhoneNumberDependencies) {
  const { db } = deps;
  return new Elysia({ prefix: "/api/phone-numbers" })
    .get(
      "/",
      ({ query }) => {
        const page = readPage(query);
        return toList("phoneNumbers", listNumbers(db, page).map(toPhoneNumberJson), countNumbers(db), page);
      },
      {
        query: paging,
        ...document({ summary: "List phone numbers, newest first", tag, answers: { 200: listOf("phoneNumbers", PhoneNumberJson) } }),
      },
    )
    .post(
      "/",
      ({ body, set }) => {
        set.status = 201;
        return toPhoneNumberJson(createNumber(deps, body));
      },
      {
        body: body(PhoneNumberFields),
        ...document({ summary: "Add a phone number", tag, answers: { 201: PhoneNumberJson }, refusals: ["not_found", "already_exists"] }),
      },
    )
    .get(
      "/:id",
      ({ params }) => toPhoneNumberJson(getNumber(db, params.id)),
      document({ summary: "One phone number", tag, answers: { 200: PhoneNumberJson }, refusals: ["not_found"] }),
    )
    .put("/:id", ({ params, body }) => toPhoneNumberJson(changeNumber(deps, params.id, body)), {
      body: body(PhoneNumberChange),
      ...document({ summary: "Change a phone number", tag, answers: { 200: PhoneNumberJson }, refusals: ["not_found", "already_exists"] }),
    })
    .delete(
      "/:id",
      ({ params, set }) => {
        removeNumber(db, params.id);
        set.status = 204;
      },
      document({
        summary: "Delete a phone number that no campaign names",
        tag,
        answers: { 204: null },
        refusals: ["not_found", "still_referenced"],
      }),
    );
}

function getNumber(db: Db, id: string): PhoneNumberRow {
  const row = findNumber(db, id);
  if (row === undefined) throw notFound("phone number", id);
  return row;
}

function createNumber({ db, clock, newId }: PhoneNumberDependencies, fields: PhoneNumberFields): PhoneNumberRow {
  return transact(db, () => {
    const now = clock.now();
    const id = newId("pn");
    const row: PhoneNumberRow = {
      id,
      phoneNumber: freeNumber(db, fields.phoneNumber, id),
      label: fields.label ?? null,
      trunkId: existingTrunk(db, fields.trunkId),
      maxConcurrent: fields.maxConcurrent ?? null,
      callsPerSecond: fields.callsPerSecond ?? null,
      createdAt: now,
      updatedAt: now,
    };
    insertNumber(db, row);
    return row;
  });
}

function changeNumber({ db, clock }: PhoneNumberDependencies, id: string, change: PhoneNumberChange): PhoneNumberRow {
  return transact(db, () => {
    const row = getNumber(db, id);
    const changed: PhoneNumberRow = {
      ...row,
      phoneNumber: change.phoneNumber === undefined ? row.phoneNumber : freeNumber(db, change.phoneNumber, id),
      label: change.label === undefined ? row.label : change.label,
      trunkId: change.trunkId === undefined ? row.trunkId : existingTrunk(db, change.trunkId),
      maxConcurrent: change.maxConcurrent === undefined ? row.maxConcurrent : change.maxConcurrent,
      callsPerSecond: change.callsPerSecond === undefined ? row.callsPerSecond : change.callsPerSecond,
      updatedAt: clock.now(),
    };
    updateNumber(db, changed);
    return changed;
  });
}

function removeNumber(db: Db, id: string): void {
  transact(db, () => {
    getNumber(db, id);
    const users = campaignsOfNumber(db, id).map((campaign) => `campaign '${campaign.name}' (${campaign.id})`);
    if (users.length > 0) throw stillReferenced("phone number", id, users);
    deleteNumber(db, id);
  });
}

/** The E.164 form; throws 400 when it has none, 409 when another row than `id` has it. */
function freeNumber(db: Db, text: string, id: string): string {
  const parsed = parsePhoneNumber(text);
  if ("problem" in parsed) throw invalid("phoneNumber", parsed.problem);
  const holder = findNumberByText(db, parsed.number);
  if (holder !== undefined && holder.id !== id)
    throw new AppError("already_exists", `the phone number ${parsed.number} is already here, as '${holder.id}'`);
  return parsed.number;
}

function existingTrunk(db: Db, id: string): string {
  if (findTrunk(db, id) === undefined) throw notFound("trunk", id);
  return id;
}
