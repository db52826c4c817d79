// A part of a file, as a player asks for it when somebody moves to another place (RFC 9110 §14).

/** From `start` to before `end`. */
export interface ByteRange {
  start: number;
  end: number;
}

/** The one part that a Range header asks for of so many bytes; undefined for anything else, which is answered with all of them. */
export function readByteRange(header: string | null, bytes: number): ByteRange | undefined {
  const [, first = "", last = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  const range =
    first === ""
      ? { start: Math.max(0, bytes - Number(last)), end: bytes }
      : { start: Number(first), end: last === "" ? bytes : Math.min(bytes, Number(last) + 1) };
  return range.start < range.end ? range : undefined;
}
