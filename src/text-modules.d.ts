// Files that are imported as text and travel inside the binary.
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
