// Files that travel inside the binary. These are imported as text.
declare module "*.sql" {
  const text: string;
  export default text;
}
declare module "*.csv" {
  const text: string;
  export default text;
}
declare module "*.css" {
  const text: string;
  export default text;
}
declare module "*/docs/search.js" {
  const text: string;
  export default text;
}

// Files that travel beside the code; the import gives their path.
declare module "*.bson" {
  const path: string;
  export default path;
}
