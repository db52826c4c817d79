// What a generated client calls a route, from its method and path: listAgents, createAgent, startCampaign, getCampaignReport.
// Used by openapi.ts; a route for which this reads badly names itself. Pure.

/** `path` in OpenAPI's form; `isCollection` when it lists, or when the same path with GET does. */
export function operationIdOf(method: string, path: string, isCollection: boolean): string {
  const parts = path
    .replace(/^\/api\//, "/")
    .split("/")
    .filter(Boolean);
  const last = parts.at(-1) ?? "";
  const isItem = last.startsWith("{");
  const isAction = method === "POST" && !isItem && !isCollection;
  const named = isAction ? parts.slice(0, -1) : parts;
  const isOne = (place: number) => parts[place + 1]?.startsWith("{") === true || (method === "POST" && place === parts.length - 1);
  const nouns = named.map((part, place) => (isOne(place) ? singular(part) : part)).filter((part) => !part.startsWith("{"));
  return camel([isAction ? last : verbOf(method, isCollection), ...nouns]);
}

function verbOf(method: string, isCollection: boolean): string {
  const verbs: Record<string, string> = {
    GET: isCollection ? "list" : "get",
    POST: "create",
    PUT: "update",
    PATCH: "change",
    DELETE: "delete",
  };
  return verbs[method] ?? method.toLowerCase();
}

function singular(word: string): string {
  if (word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  return word.endsWith("s") && !word.endsWith("ss") ? word.slice(0, -1) : word;
}

function camel(words: readonly string[]): string {
  const parts = words.flatMap((word) => word.split(/[^a-zA-Z0-9]+/)).filter(Boolean);
  return parts.map((part, place) => (place === 0 ? part : part.charAt(0).toUpperCase() + part.slice(1))).join("");
}
