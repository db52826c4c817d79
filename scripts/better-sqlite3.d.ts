// The little of better-sqlite3 that verify-database.ts calls; the package brings no types.

declare module "better-sqlite3" {
  export default class Database {
    constructor(path: string, options?: { readonly?: boolean; fileMustExist?: boolean });
    prepare<Row>(sql: string): { all(): Row[]; get(): Row | undefined };
    close(): void;
  }
}
