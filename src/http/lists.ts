// Lists: what a page is asked for with, and what it looks like.

import { Type, type TSchema } from "typebox";
import { invalid } from "../errors.ts";

const DEFAULT_LIMIT = 200;
const MAX_LIMIT = 1000;

/** The paging fields of every list's query. */
export const pagingFields = {
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_LIMIT,
      default: DEFAULT_LIMIT,
      description: "how many at most",
      errorMessage: `must be a whole number from 1 to ${MAX_LIMIT}`,
    }),
  ),
  offset: Type.Optional(
    Type.Integer({
      minimum: 0,
      default: 0,
      description: "how many to step over; cursor is cheaper",
      errorMessage: "must be a whole number, 0 or more",
    }),
  ),
  cursor: Type.Optional(
    Type.String({ maxLength: 200, description: "nextCursor of the page before; goes on from there at the cost of a first page" }),
  ),
};

/** Which page: `after` is the last id of the page before and wins over `offset`. */
export interface Page {
  limit: number;
  offset: number;
  after: string | undefined;
}

/** Reads the paging fields of a checked query; a cursor that is none of ours is a 400. */
export function readPage(query: { limit?: number; offset?: number; cursor?: string }): Page {
  return {
    limit: query.limit ?? DEFAULT_LIMIT,
    offset: query.offset ?? 0,
    after: query.cursor === undefined ? undefined : decodeCursor(query.cursor),
  };
}

/** The list envelope; `nextCursor` is null on the last page. A short page is the last one, unless `goesOnAfter` says from where to look on. */
export function toList<K extends string, T extends { id: string }>(name: K, rows: T[], total: number, page: Page, goesOnAfter?: string) {
  const last = rows.length === page.limit ? rows.at(-1)?.id : goesOnAfter;
  const nextCursor = last === undefined ? null : encodeCursor(last);
  return { [name]: rows, total, limit: page.limit, offset: page.offset, nextCursor } as { [P in K]: T[] } & {
    total: number;
    limit: number;
    offset: number;
    nextCursor: string | null;
  };
}

/** The schema of a list of `item` under `name`. */
export function listOf<K extends string, S extends TSchema>(name: K, item: S) {
  const { title } = item as { title?: string };
  return Type.Object(
    {
      [name]: Type.Array(item),
      total: Type.Integer({ description: "how many there are, on all pages", examples: [1] }),
      limit: Type.Integer({ examples: [DEFAULT_LIMIT] }),
      offset: Type.Integer(),
      nextCursor: Type.Union([Type.String(), Type.Null()], {
        description: "the cursor of the next page; null when there is none",
        examples: [null],
      }),
    },
    title === undefined ? {} : { title: `${title}List` },
  );
}

function encodeCursor(id: string): string {
  return Buffer.from(id, "utf8").toString("base64url");
}

function decodeCursor(cursor: string): string {
  const id = Buffer.from(cursor, "base64url").toString("utf8");
  if (!/^[a-z]+_[0-9a-z]{26}$/.test(id)) throw invalid("cursor", `cursor is '${cursor}'; it must be the nextCursor of a page before`);
  return id;
}
