// How deep the objects and lists of a JSON text are nested. Used before such a text is read: one nested far too deep can be
// parsed, but neither checked nor written again without running out of stack. Pure.

/** Levels of objects and lists in any JSON that is taken in; nobody nests so deep. */
export const DEEPEST_JSON = 100;

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [LEFT_BRACKET, RIGHT_BRACKET, LEFT_BRACE, RIGHT_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Whether more than `levels` of them stand inside each other. What is no JSON may be told either. */
export function isNestedDeeper(text: string, levels: number): boolean {
  let depth = 0;
  for (let place = 0; place < text.length; place += 1) {
    switch (text.charCodeAt(place)) {
      case LEFT_BRACKET:
      case LEFT_BRACE:
        depth += 1;
        if (depth > levels) return true;
        break;
      case RIGHT_BRACKET:
      case RIGHT_BRACE:
        depth -= 1;
        break;
      case QUOTE:
        place = endOfText(text, place);
    }
  }
  return false;
}

/** The same of a value that was read already. */
export function isValueNestedDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isValueNestedDeeper(inner, levels - 1));
}

/** The place of the quote that closes the text which begins at `place`: the first one before which no odd number of backslashes stands. */
function endOfText(text: string, place: number): number {
  for (let end = text.indexOf('"', place + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let first = end;
    while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
    if ((end - first) % 2 === 0) return end;
  }
  return text.length;
}
