// The options of a command that is not configured by config.ts: `--name value`, `--name=value`, `--switch`.

import { didYouMean } from "../runtime/nearest.ts";

/** An option; one without `value` is a switch. */
export interface Option {
  flag: string;
  /** What the help calls its value: `N`, `FOLDER`. */
  value?: string;
  meaning: string;
}

export interface OptionsRead {
  /** The words that are no options, in order. */
  words: string[];
  /** By flag; a switch that was given has the value "". */
  values: Map<string, string>;
  /** What is wrong, a sentence each. */
  problems: string[];
}

/** Reads `args` against `known`; the last of several wins. */
export function readOptions(args: readonly string[], known: readonly Option[]): OptionsRead {
  const read: OptionsRead = { words: [], values: new Map(), problems: [] };
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] ?? "";
    if (!word.startsWith("-")) {
      read.words.push(word);
      continue;
    }
    const [flag = "", inline] = word.split(/=(.*)/s);
    const option = known.find((candidate) => candidate.flag === flag);
    if (option === undefined) {
      read.problems.push(
        `'${flag}' is not an option here.${didYouMean(
          flag,
          known.map((candidate) => candidate.flag),
        )}`,
      );
    } else if (option.value === undefined) {
      if (inline === undefined) read.values.set(flag, "");
      else read.problems.push(`${flag} takes no value; it has '${inline}'`);
    } else {
      const value = inline ?? args[(index += 1)];
      if (value === undefined) read.problems.push(`${flag} needs a value: ${flag} ${option.value}`);
      else read.values.set(flag, value);
    }
  }
  return read;
}

/** The options as the lines of a help text. */
export function describeOptions(known: readonly Option[]): string {
  const names = known.map((option) => (option.value === undefined ? option.flag : `${option.flag} ${option.value}`));
  const width = Math.max(...names.map((name) => name.length));
  return known.map((option, place) => `  ${(names[place] ?? "").padEnd(width)}  ${option.meaning}\n`).join("");
}
