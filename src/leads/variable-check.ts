// Variables in a JSON body, checked as strictly as the columns of a CSV. Used for uploads and changes.

import { invalid } from "../errors.ts";
import { isLongerThan, MAX_VALUE_CHARACTERS, noVariables, problemOfName, type Variables } from "./variables.ts";

const LONGEST_QUOTE = 80;

/** A copy without prototype; throws a 400 that names the variable under `path`. That they are not too many is the schema's. */
export function checkVariables<V extends Variables[string] | null>(
  variables: Readonly<Record<string, V>>,
  path: string,
): Record<string, V> {
  const checked = noVariables() as Record<string, V>;
  for (const [name, value] of Object.entries(variables)) {
    const problem = problemOfName(name);
    if (problem !== undefined)
      throw invalid(`${path}.${name.slice(0, LONGEST_QUOTE)}`, `${path}: the variable '${name.slice(0, LONGEST_QUOTE)}' ${problem}`);
    if (typeof value === "string" && isLongerThan(value, MAX_VALUE_CHARACTERS)) {
      throw invalid(`${path}.${name}`, `${path}: the variable '${name}' has more than ${MAX_VALUE_CHARACTERS} characters`);
    }
    checked[name] = value;
  }
  return checked;
}
