// Reads a CSV of leads piece by piece: RFC 4180 quotes, LF or CRLF, comma, semicolon or tab. Pure.
// import.ts feeds it the pieces of an upload; what it holds between two pieces is at most one row.

import Papa from "papaparse";
import type { LeadFields } from "./columns.ts";
import { type CsvHeader, delimiters, hasPhoneColumn, problemOfHeader, toHeader } from "./csv-header.ts";
import { isLongerThan, MAX_NAME_CHARACTERS, MAX_VALUE_CHARACTERS, MAX_VARIABLES, noVariables, type Variables } from "../variables.ts";

/**
 * One row, as it stands in the file; the header is row 1. A row with a `problem` is bad by itself, the others go on.
 * `fields` are there when the upload said apart from the variables what it says about the lead, as JSON does.
 */
export type CsvRow =
  { row: number; phone: string; variables: Variables; fields?: LeadFields } | { row: number; phone: string; problem: string };

/** The file as a whole cannot be taken: a bad header, a limit passed, an end in the middle of a cell. */
export class CsvError extends Error {
  constructor(sentence: string) {
    super(sentence);
    this.name = "CsvError";
  }
}

/** Both throw a CsvError and must not be called again after it. */
export interface CsvReader {
  /** Takes the next piece, cut anywhere; gives the rows that are complete now. */
  read(piece: string): CsvRow[];
  /** There is no more: gives the last row when no line end closed it. */
  end(): CsvRow[];
}

const COLUMNS = 1 + MAX_VARIABLES;
/** UTF-16 units that a row within the limits can have: every character a pair, or a quote that is doubled. */
const LONGEST_ROW = COLUMNS * (2 * MAX_VALUE_CHARACTERS + 3);
const LONGEST_HEADER = COLUMNS * (2 * MAX_NAME_CHARACTERS + 3);

/** One a file; it keeps the header and the row that is not complete yet. */
export function createCsvReader(): CsvReader {
  let rest = "";
  let isFirst = true;
  let header: CsvHeader | undefined;
  let row = 0;

  const take = (isEnd: boolean): CsvRow[] => {
    header ??= findHeader(rest, isEnd);
    if (header === undefined) return [];
    const parsed = parse(rest, header.delimiter, isEnd);
    if (parsed.isCutOff) throw new CsvError(`row ${row + parsed.rows.length} has a quote that is not closed, or the CSV was cut off`);
    rest = isEnd ? "" : rest.slice(parsed.consumed);
    const rows: CsvRow[] = [];
    for (const [index, cells] of parsed.rows.entries()) {
      row += 1;
      if (row === 1 || cells.every((cell) => cell.trim() === "")) continue;
      rows.push(toRow(header, row, cells, parsed.misquoted.has(index)));
    }
    if (rest.length > LONGEST_ROW) throw new CsvError(`row ${row + 1} does not end where it should; is a quote not closed?`);
    return rows;
  };

  return {
    read(piece) {
      rest += isFirst ? piece.replace(/^\uFEFF/, "") : piece;
      isFirst &&= piece === "";
      return take(false);
    },
    end: () => take(true),
  };
}

/** Undefined while the first row is not complete. */
function findHeader(text: string, isEnd: boolean): CsvHeader | undefined {
  const rows = delimiters.map((delimiter) => ({ delimiter, cells: firstRow(text, delimiter, isEnd) }));
  const found = rows.find(({ cells }) => hasPhoneColumn(cells));
  if (found !== undefined) {
    const problem = problemOfHeader(found.cells);
    if (problem !== undefined) throw new CsvError(problem);
    return toHeader(found.cells, found.delimiter);
  }
  const widest = rows.reduce((best, next) => (next.cells.length > best.cells.length ? next : best));
  if (widest.cells.some((cell) => cell.trim() !== "")) throw new CsvError(problemOfHeader(widest.cells) ?? "the header cannot be read");
  if (widest.cells.length > 0 || isEnd) throw new CsvError("the first row of the CSV is empty; it must be a header with a phone column");
  if (text.length > LONGEST_HEADER) throw new CsvError("the first row of the CSV is too long to be a header");
  return undefined;
}

/** No cells while the row is not complete. */
function firstRow(text: string, delimiter: string, isEnd: boolean): string[] {
  const result = new Papa.Parser({ delimiter, newline: "\n", preview: 1 }).parse(text, 0, !isEnd) as Papa.ParseResult<string[]>;
  const cells = result.data[0] ?? [];
  dropCarriageReturn(cells);
  return cells;
}

interface Parsed {
  rows: string[][];
  /** Indexes into `rows`: text stands between a closing quote and the end of the cell. */
  misquoted: ReadonlySet<number>;
  /** The last row ends inside a quoted cell. */
  isCutOff: boolean;
  consumed: number;
}

/** Without `isEnd` the last row is left for the next piece, since more of it may come. */
function parse(text: string, delimiter: string, isEnd: boolean): Parsed {
  const result = new Papa.Parser({ delimiter, newline: "\n" }).parse(text, 0, !isEnd) as Papa.ParseResult<string[]>;
  for (const cells of result.data) dropCarriageReturn(cells);
  return {
    rows: result.data,
    misquoted: new Set(result.errors.map((error) => error.row ?? -1)),
    isCutOff: result.errors.some((error) => error.code === "MissingQuotes"),
    consumed: result.meta.cursor,
  };
}

/** Rows are split at LF, so that a file may mix its line ends; the CR of a CRLF stays on the last cell. */
function dropCarriageReturn(cells: string[]): void {
  const last = cells.length - 1;
  if (cells[last]?.endsWith("\r")) cells[last] = cells[last].slice(0, -1);
}

function toRow(header: CsvHeader, row: number, cells: readonly string[], isMisquoted: boolean): CsvRow {
  const phone = cells[header.phoneColumn] ?? "";
  if (isMisquoted && cells.some((cell) => cell.includes("\n"))) {
    throw new CsvError(`row ${row} has a quote that is not closed where it should be; what follows it cannot be told apart`);
  }
  for (const [column, cell] of cells.entries()) {
    if (isLongerThan(cell, MAX_VALUE_CHARACTERS))
      throw new CsvError(`row ${row}, column ${column + 1} has more than ${MAX_VALUE_CHARACTERS} characters`);
  }
  if (isMisquoted) return { row, phone, problem: "a quoted cell goes on after its closing quote; a quote inside a cell must be doubled" };
  const { names, phoneColumn } = header;
  if (cells.slice(names.length).some((cell) => cell !== "")) {
    return { row, phone, problem: `the row has ${cells.length} cells, the header has ${names.length}` };
  }
  const variables = noVariables();
  for (const [column, name] of names.entries()) {
    const cell = cells[column] ?? "";
    if (column !== phoneColumn && cell !== "") variables[name] = cell;
  }
  return { row, phone, variables };
}
