// The first row of a CSV of leads: which column is the phone number, and what the others are called. Pure; used by csv.ts.

import { MAX_VARIABLES, problemOfName } from "../variables.ts";

/** What a column may be called to hold the number, in any case. */
const PHONE_NAMES = ["phone", "phone_number", "number", "phonenumber"];

export interface CsvHeader {
  delimiter: string;
  phoneColumn: number;
  /** By column; the phone column's is not used. */
  names: readonly string[];
}

/** The separators that are understood; the first whose header has a phone column is taken. */
export const delimiters = [",", ";", "\t"] as const;

/** Tells which separator a file uses: with a wrong one the names run together. */
export function hasPhoneColumn(cells: readonly string[]): boolean {
  return cells.some(isPhoneName);
}

/** Why the first row cannot head a list of leads, as a sentence; undefined when it can. */
export function problemOfHeader(cells: readonly string[]): string | undefined {
  const phones = cells.filter(isPhoneName);
  if (phones.length === 0)
    return `the header has no phone column; one column must be called phone, phone_number, number or phoneNumber, and the columns are ${listed(cells)}`;
  if (phones.length > 1) return `the header has ${phones.length} phone columns, ${listed(phones)}; there must be exactly one`;
  if (cells.length - 1 > MAX_VARIABLES)
    return `the header has ${cells.length - 1} columns besides the phone column; there may be ${MAX_VARIABLES}`;
  for (const [index, name] of cells.entries()) {
    const problem = problemOfName(name);
    if (problem !== undefined) return `column ${index + 1} of the header, '${short(name)}', ${problem}`;
    if (cells.indexOf(name) < index) return `the header has the column '${name}' twice; every name must be its own`;
  }
  return undefined;
}

/** Of a header without problems. */
export function toHeader(cells: readonly string[], delimiter: string): CsvHeader {
  return { delimiter, phoneColumn: cells.findIndex(isPhoneName), names: cells };
}

function isPhoneName(cell: string): boolean {
  return PHONE_NAMES.includes(cell.toLowerCase());
}

const MOST_LISTED = 8;
const LONGEST_SHOWN = 40;

function listed(cells: readonly string[]): string {
  const shown = cells.slice(0, MOST_LISTED).map((cell) => `'${short(cell)}'`);
  return shown.join(", ") + (cells.length > MOST_LISTED ? ` and ${cells.length - MOST_LISTED} more` : "");
}

function short(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
