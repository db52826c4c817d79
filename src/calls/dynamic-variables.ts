// The variables that come with a single call, checked as a lead's are.

import { type ErrorDetail, invalidAt } from "../errors.ts";
import { isLongerThan, MAX_VALUE_CHARACTERS, noVariables, problemOfName, type Variables } from "../leads/variables.ts";

/** Characters of a name that are told back. */
const LONGEST_QUOTE = 80;

/** Throws a 400 that names every variable that cannot be one. */
export function checkedVariables(variables: Variables): Variables {
  const checked = noVariables();
  const problems: ErrorDetail[] = [];
  for (const [name, value] of Object.entries(variables)) {
    const path = `dynamicVariables.${name.slice(0, LONGEST_QUOTE)}`;
    const problem = problemOfName(name);
    if (problem !== undefined) problems.push({ path, message: `the name ${problem}` });
    else if (typeof value === "string" && isLongerThan(value, MAX_VALUE_CHARACTERS))
      problems.push({ path, message: `has more than ${MAX_VALUE_CHARACTERS} characters` });
    else checked[name] = value;
  }
  if (problems.length > 0) throw invalidAt(problems);
  return checked;
}
